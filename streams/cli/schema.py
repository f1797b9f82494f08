"""``signals schema``: the published shapes of what people and systems write for us, and of what we tell them."""

import json

import typer

app = typer.Typer(no_args_is_help=True, help="Print the shapes of events, files, topics and the API.")


@app.callback()
def schema() -> None:
    """Print the shapes of events, files, topics and the API."""


@app.command()
def events() -> None:
    """The JSON Schema (2020-12) of every event we take."""
    from signals.events.schema import event_schema

    typer.echo(json.dumps(event_schema(), indent=2))


@app.command()
def mapping() -> None:
    """The JSON Schema of a mapping file for ``signals convert``, for your editor."""
    from streams.sources.mapping import Mapping

    typer.echo(json.dumps(Mapping.model_json_schema(), indent=2))


@app.command()
def asyncapi() -> None:
    """The topics as an AsyncAPI 3 document, with the names and partitions of KAFKA_BOOTSTRAP and SIGNALS_…."""
    from streams.cli.cluster import read_settings
    from streams.cluster.asyncapi import asyncapi_document

    typer.echo(json.dumps(asyncapi_document(read_settings()), indent=2))


@app.command()
def openapi() -> None:
    """The API as an OpenAPI 3.1 document; a running API serves the same at /v1/openapi.json."""
    from streams.api.openapi import openapi_document

    typer.echo(json.dumps(openapi_document(), indent=2))
