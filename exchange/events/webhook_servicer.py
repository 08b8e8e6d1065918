"""The webhooks of EventService: between the contract's messages and the use cases."""

from collections.abc import Sequence

from google.protobuf import timestamp_pb2
from onceonly.v1 import event_service_pb2 as pb

from exchange.call import Call
from exchange.errors import RefusedError
from exchange.events import webhook_calls as calls
from exchange.events.messages import event_filter, filter_message, watched_event
from exchange.events.webhook import Webhook, WebhookRoom, WebhookState
from exchange.events.webhook_delays import Delay
from exchange.reasons import Reason

_STATES = {
    WebhookState.ACTIVE: pb.WEBHOOK_STATE_ACTIVE,
    WebhookState.PAUSED: pb.WEBHOOK_STATE_PAUSED,
    WebhookState.GONE: pb.WEBHOOK_STATE_GONE,
    WebhookState.FULL: pb.WEBHOOK_STATE_FULL,
}


class WebhookServicer:
    """What systems that hold no stream call. Without a room every call is refused: ``WEBHOOKS_OFF``."""

    def __init__(self, webhooks: WebhookRoom | None) -> None:
        self._webhooks = webhooks

    def create_webhook(self, call: Call, request: pb.CreateWebhookRequest) -> pb.CreateWebhookResponse:
        made = calls.create_webhook(call, self._hooks, request.url, event_filter(request.filter))
        return pb.CreateWebhookResponse(webhook=self._message(made))

    def get_webhook(self, call: Call, request: pb.GetWebhookRequest) -> pb.GetWebhookResponse:
        return pb.GetWebhookResponse(webhook=self._message(calls.get_webhook(call, self._hooks, request.name)))

    def list_webhooks(self, call: Call, request: pb.ListWebhooksRequest) -> pb.ListWebhooksResponse:  # noqa: ARG002
        found = calls.list_webhooks(call, self._hooks)
        return pb.ListWebhooksResponse(webhooks=self._messages(found))

    def delete_webhook(self, call: Call, request: pb.DeleteWebhookRequest) -> pb.DeleteWebhookResponse:
        calls.delete_webhook(call, self._hooks, request.name)
        return pb.DeleteWebhookResponse()

    def pause_webhook(self, call: Call, request: pb.PauseWebhookRequest) -> pb.PauseWebhookResponse:
        return pb.PauseWebhookResponse(webhook=self._message(calls.pause_webhook(call, self._hooks, request.name)))

    def resume_webhook(self, call: Call, request: pb.ResumeWebhookRequest) -> pb.ResumeWebhookResponse:
        return pb.ResumeWebhookResponse(webhook=self._message(calls.resume_webhook(call, self._hooks, request.name)))

    def list_dead_letters(self, call: Call, request: pb.ListDeadLettersRequest) -> pb.ListDeadLettersResponse:
        webhook, found = calls.list_dead_letters(call, self._hooks, request.name)
        return pb.ListDeadLettersResponse(dead_letters=[self._letter(webhook, each) for each in found])

    def retry_dead_letter(self, call: Call, request: pb.RetryDeadLetterRequest) -> pb.RetryDeadLetterResponse:
        calls.retry_dead_letter(call, self._hooks, request.name)
        return pb.RetryDeadLetterResponse()

    @property
    def _hooks(self) -> WebhookRoom:
        if self._webhooks is None:
            raise RefusedError(Reason.WEBHOOKS_OFF)
        return self._webhooks

    def _message(self, webhook: Webhook) -> pb.Webhook:
        [message] = self._messages([webhook])
        return message

    def _messages(self, webhooks: Sequence[Webhook]) -> list[pb.Webhook]:
        failing = self._hooks.store.failing(webhooks)
        return [self._told(webhook, failing.get(webhook.id)) for webhook in webhooks]

    def _told(self, webhook: Webhook, delay: Delay | None) -> pb.Webhook:
        message = pb.Webhook(
            name=webhook.name,
            url=webhook.url,
            filter=filter_message(webhook.asked),
            state=_STATES[webhook.state],
            cursor=self._hooks.cursors.seal(webhook.subscriber, webhook.place),
            dead_letters=webhook.dead,
            create_time=timestamp_pb2.Timestamp(seconds=webhook.created_time),
        )
        if delay is not None:
            message.failed_attempts = delay.failures
            message.next_attempt_time.seconds = delay.not_before_us // 1_000_000
        return message

    def _letter(self, webhook: Webhook, found: calls.UndeliveredEvent) -> pb.DeadLetter:
        letter = found.letter
        message = pb.DeadLetter(
            name=f"{webhook.name}/deadLetters/{letter.number}",
            give_up_time=timestamp_pb2.Timestamp(seconds=letter.given_up_time),
            attempts=letter.attempts,
            outcome=letter.outcome,
            waiting=letter.waiting,
        )
        if found.told is not None:
            message.event.CopyFrom(watched_event(self._hooks.cursors, webhook.subscriber, found.told))
        return message
