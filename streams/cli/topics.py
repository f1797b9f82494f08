"""``signals topics``: set up Kafka's topics, and check them."""

import typer

app = typer.Typer(no_args_is_help=True, help="Set up Kafka's topics, and check them.")


@app.callback()
def topics() -> None:
    """Set up Kafka's topics, and check them."""


@app.command()
def create() -> None:
    """Create the topics that are missing; safe to repeat.

    Exit status: 0 all topics are there as they should be, 1 one differs, 2 Kafka can't be used.
    """
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.topics import check_topics, create_topics

    settings = read_settings()
    with clear_errors():
        for name in create_topics(settings):
            typer.echo(f"created {name}")
        _tell(check_topics(settings))


@app.command()
def check() -> None:
    """Print every difference between the topics and what the workers need.

    Exit status: 0 none, 1 some, 2 Kafka can't be used.
    """
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.topics import check_topics

    settings = read_settings()
    with clear_errors():
        _tell(check_topics(settings))


def _tell(differences: list[str]) -> None:
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        raise typer.Exit(1)
    typer.echo("all topics are as they should be")
