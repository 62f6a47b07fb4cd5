"""The twin of both senders for the demo: accepts everything, sends nothing.

It keeps nothing itself: the delivery rows are the demo's phone and mailbox.
"""

import secrets

from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Accepted, Message, Renew, always


class PretendSender:
    threads = 1

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        if message.channel is Channel.EMAIL:
            return Accepted(message.message_id, "pretended")
        return Accepted("SM" + secrets.token_hex(16), "pretended")

    def close(self) -> None:
        """Nothing is open."""
