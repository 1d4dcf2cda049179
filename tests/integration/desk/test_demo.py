"""`lifebelt demo` as it is called: once, into an empty practice desk."""

from pathlib import Path

from tests.program import command


async def test_the_command_fills_an_empty_desk_and_refuses_another_time(tmp_path: Path) -> None:
    code, output = await command("demo", "--reports", "3", data=tmp_path)
    assert (code, output.splitlines()[-1]) == (0, "3 made-up reports are there. Look at them: `lifebelt up`.")
    code, output = await command("demo", "--reports", "3", data=tmp_path)
    assert code == 1
    assert "name an empty folder" in output
    assert "Traceback" not in output
