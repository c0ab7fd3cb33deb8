"""``attio-nb doctor``: what is installed, switched on and connected, and how to mend it.

It only looks: no key is made, no vault is set aside, nobody is asked, and no value is shown. With
``--fix`` it also takes from other users what they may do with the files of this package.
"""

from __future__ import annotations

from attio_nb.doctor.examine import examine, mend
from attio_nb.doctor.finding import Finding

__all__ = ["Finding", "examine", "mend"]
