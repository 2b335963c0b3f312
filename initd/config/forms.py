"""Options of a form of their own. Who reads a form is imported where there is one."""

from __future__ import annotations

from initd.config.value_reader import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.value_reader import ValueReader
    from initd.core.address import HttpAddress, StatsdAddress
    from initd.core.start.spawn_spec import Limit


def limits_of(values: ValueReader) -> tuple[Limit, ...]:
    """The last one for each resource."""
    raws = values.all("limit")
    if not raws:
        return ()
    from initd.config.values.limit import read_limit

    found = [values.attempt(raw, read_limit, None) for raw in raws]
    by_resource = {limit.resource: limit for limit in found if limit is not None}
    return tuple(by_resource.values())


def http_of(values: ValueReader) -> tuple[HttpAddress, ...]:
    """Where health and metrics are served."""
    raws = values.all("http")
    if not raws:
        return ()
    from initd.core.address import http_address_of

    found = [values.attempt(raw, http_address_of, None) for raw in raws]
    return tuple(address for address in found if address is not None)


def statsd_of(values: ValueReader) -> StatsdAddress | None:
    """Where metrics are sent."""
    if values.last("statsd") is None:
        values.origins["statsd"] = DEFAULT
        return None
    from initd.config.values.statsd_address import read_address

    return values.value("statsd", read_address, None)


def capabilities_of(values: ValueReader) -> tuple[int, str]:
    """Those to drop as a mask, and as somebody wrote them."""
    drops, keeps = values.all("cap_drop"), values.all("cap_keep")
    if not drops and not keeps:
        return 0, ""
    from initd.config.values.capability import read_capabilities

    return read_capabilities(values, drops, keeps)
