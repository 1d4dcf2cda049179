"""A road and its desk as two hosts: one has the desk's public keys, the other the road's secret, no more."""

from pathlib import Path

from tests.program import COMMUNITY, Program

NAME = "Practice room"


def desk_and_road(
    folder: Path, *, desk_host: str = "127.0.0.1", name: str = NAME, more: str = ""
) -> tuple[Program, Program]:
    """Two programs that are not started yet; `more` stands in the road's settings."""
    desk = Program(data=folder / "desk", command=("desk",))
    road = Program(data=folder / "road", command=("bots", "web"))
    public = desk.keys().desk(create=True).current.public
    recovery = desk.keys().practice_recovery()
    road.config, desk.config = folder / "road.toml", folder / "desk.toml"
    road.config.write_text(
        f'[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
        f'url = "http://{desk_host}:{desk.desk_port}"\nrecipients = ["{public}"]\nrecovery = "{recovery}"\n'
        f'[communities.{COMMUNITY}]\nname = "{name}"\ndesk = "practice"\ncountry = "GB"\n{more}'
    )
    secret = folder / "road.secret"
    secret.write_text(road.keys().road(create=True).webhook_secret)
    secret.chmod(0o600)
    desk.config.write_text(f'[roads.road]\nsecret_files = ["{secret}"]\n')
    return desk, road
