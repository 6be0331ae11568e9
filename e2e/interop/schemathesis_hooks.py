"""Gives each request of schemathesis a separate client address.

The API limits failed authentications by address. Without this, the checks that send no key, or a wrong key, would get
429 instead of 401 after some requests.
"""

import ipaddress
import itertools

import schemathesis

FIRST = int(ipaddress.IPv4Address("10.0.0.1"))
numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers["X-Forwarded-For"] = str(ipaddress.IPv4Address(FIRST + next(numbers)))
