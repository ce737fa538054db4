"""`outlast encoder`: build the sentence encoder of this user."""

import asyncio

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.orchestration.settings import Settings
from outlast.tools.retrieval.encoder.build import build


async def encoder(*, as_json: bool) -> Exit:
    """Build the encoder where the settings look for it, if it is not there yet."""
    output, folder = Output(as_json=as_json), Settings().encoder_folder
    if folder is None:
        raise Permanent("OUTLAST_ENCODER is off, so nothing would use an encoder. Unset it, or set it to a folder.")
    is_new = await asyncio.to_thread(build, folder, output.people.print)
    output.people.print(f"The sentence encoder {'is ready' if is_new else 'was there already'}: {folder}.")
    output.document({"encoder": folder, "built": is_new})
    return Exit.DONE
