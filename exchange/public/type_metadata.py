"""A revision of a licence type as type metadata, which says in both languages what the claims of a credential mean.

Source: draft-ietf-oauth-sd-jwt-vc, type metadata (``vct``, ``name``, ``display`` with ``locale``, ``claims``). The
draft is not an RFC yet; its members may still be renamed.
"""

import json
from typing import Any, Final

from exchange.entities.catalogue import Label, LicenceType
from exchange.licences.credentials import type_uri
from exchange.licences.fields import HOLDER_FIELDS

CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"

_IN_THE_OPEN: Final = {
    "licence": Label(zh="电子证照标识", en="Licence identifier"),
    "hub": Label(zh="签发平台", en="Hub"),
}
_HOLDER: Final = {
    "holder_name": Label(zh="持证主体名称", en="Holder's name"),
    "holder_id_type": Label(zh="持证主体代码类型", en="Kind of the holder's number"),
    "holder_id_number": Label(zh="持证主体代码", en="Holder's number"),
}


def type_metadata(hub: str, licence_type: LicenceType, revision: int) -> bytes:
    """The metadata as UTF-8 JSON: every field of the type and every attribute of the holder is always disclosable.

    ``hub`` is the hub's name, without a slash at its end.
    """
    claims = [_claim(name, label, sd="never", mandatory=True) for name, label in _IN_THE_OPEN.items()]
    claims += [_claim(field.name, field.label, sd="always", mandatory=field.required) for field in licence_type.fields]
    named = {field.name for field in licence_type.fields}
    claims += [_claim(name, _HOLDER[name], sd="always", mandatory=True) for name in HOLDER_FIELDS if name not in named]
    content = {
        "vct": type_uri(hub, licence_type.code, revision),
        "name": licence_type.name.zh,
        "description": licence_type.validity_text.zh,
        "display": [
            {"locale": locale, "name": name, "description": validity}
            for locale, name, validity in (
                (CHINESE, licence_type.name.zh, licence_type.validity_text.zh),
                (ENGLISH, licence_type.name.en, licence_type.validity_text.en),
            )
        ],
        "claims": claims,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _claim(name: str, label: Label, *, sd: str, mandatory: bool) -> dict[str, Any]:
    return {
        "path": [name],
        "display": [{"locale": CHINESE, "label": label.zh}, {"locale": ENGLISH, "label": label.en}],
        "sd": sd,
        "mandatory": mandatory,
    }
