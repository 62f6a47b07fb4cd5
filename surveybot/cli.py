"""The command line: `surveybot ...`, one file of surveybot/commands/ per noun."""

import logging
from importlib import import_module

import click

COMMANDS = {
    "migrate": "migrate",
    "check": "check",
    "school": "schools",
    "staff": "staff",
    "roster": "roster",
    "round": "rounds",
    "calendar": "calendar",
    "survey": "wordings",
    "clock": "clock",
    "worker": "worker",
    "sending": "sending",
    "consents": "consents",
    "destinations": "destinations",
    "export": "export",
    "providers": "providers",
    "student": "students",
    "rehearse-replies": "rehearse",
    "backup": "backup",
    "restore": "restore",
    "demo": "demo",
}
"""Each command, and the file that holds it under the same name."""


class Switchboard(click.Group):
    """Loads a command's file when it is called, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        room = import_module(f"surveybot.commands.{COMMANDS[cmd_name]}")
        command: click.Command = room.command
        return command


@click.group(cls=Switchboard, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Follow where a school's leavers go: rounds, answers, consents, destinations."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # a command says itself what it did


if __name__ == "__main__":
    main()
