"""What runs once before the services of docker/compose.yaml and docker/compose.scale.yaml, each a script of its own.

make_secrets    certificates, passwords and the files made of them; by hand, before the first start
own_volumes     gives new volumes to the number that every service runs as
make_bucket     the bucket of the objects
form_cluster    one cluster out of six Valkey nodes
prepare         a new hub, or the schema of this version

Every step may run again: it does what is left to do, or nothing.
"""
