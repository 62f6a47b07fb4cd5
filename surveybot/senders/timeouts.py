"""How long a sender waits for the other side, in seconds."""

TEXT_CONNECT_SECONDS, TEXT_READ_SECONDS = 5, 35
"""Left alone, Twilio's client waits for ever; its API is said to give up after 26 seconds itself."""

MAIL_STAGE_SECONDS = {"connect": 30, "MAIL": 300, "RCPT": 300, "DATA": 120, "dot": 600}
"""RFC 5321 4.5.3.2 asks for ten minutes after the dot: a client that gives up earlier sends copies."""
