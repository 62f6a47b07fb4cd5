"""Which senders the settings ask for: pretend ones in the demo, real ones where they are set up."""

from surveybot.config import Settings
from surveybot.senders.base import Sender, Senders
from surveybot.senders.pretend import PretendSender


def choose_senders(settings: Settings) -> Senders:
    """Real libraries are imported only where they are used: twilio alone takes half a second."""
    if settings.demo:
        return Senders(sms=PretendSender(), email=PretendSender())
    return Senders(
        sms=_texts(settings) if settings.sends_texts else None,
        email=_email(settings) if settings.sends_email else None,
    )


def _texts(settings: Settings) -> Sender:
    from surveybot.senders.twilio_sms import TwilioAccount, TwilioSms

    return TwilioSms(
        TwilioAccount(
            sid=settings.twilio_account_sid,
            token=settings.twilio_auth_token,
            sender=settings.twilio_from,
            messaging_service=settings.twilio_messaging_service_sid,
            api_url=settings.twilio_api_url,
            public_url=settings.public_url,
        )
    )


def _email(settings: Settings) -> Sender:
    from surveybot.senders.smtp_email import SmtpEmail

    return SmtpEmail(settings.mail_url, settings.mail_from)
