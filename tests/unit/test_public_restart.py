"""A hub that is started again at once gets the address of its public pages back."""

import socket

from exchange.public.server import _listen
from exchange.serve.listening import reserve, split_address


def test_connections_that_ended_do_not_bar_a_restart() -> None:
    kept, address = reserve("127.0.0.1:0", "public")
    with kept, _listen(address) as listening:
        listening.listen()
        with socket.create_connection(split_address(address)) as client:
            listening.accept()[0].close()  # the server closes first: its end stays in TIME_WAIT
            assert client.recv(1) == b""
    reserve(address, "public")[0].close()
