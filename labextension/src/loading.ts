/** The code with which a page lets a kernel load attio_nb. */

/**
 * Python that loads the installed attio_nb, whatever the notebook's folder holds.
 *
 * A kernel looks for modules in the current folder first, and that may hold a stranger's
 * `attio_nb.py`. So the package is looked for in the folders of installed packages, which `.pth`
 * files of editable installations add to; what it imports then, it imports from there too. Only
 * modules are imported here that each kernel has loaded when it starts. Nothing is left behind in
 * the notebook's names, nor is `sys.path` changed, on which a cell's threads may rely.
 */
export const LOAD_CODE = `exec('''
import os, sys
from importlib.util import module_from_spec

def installed():
    site = sys.modules.get("site")
    folders = list(getattr(site, "getsitepackages", list)())
    if getattr(site, "ENABLE_USER_SITE", False):
        folders.append(site.getusersitepackages())
    for folder in folders[:]:
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for name in names:
            if name.endswith(".pth") and not name.startswith("."):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    folders += [os.path.join(folder, line.strip()) for line in file if line.strip()]
    return {os.path.normcase(os.path.abspath(folder)) for folder in folders}

def find(name):
    known, here = installed(), os.path.realpath(os.curdir)
    path = [
        entry for entry in sys.path
        if os.path.isabs(entry) and (
            os.path.normcase(os.path.abspath(entry)) in known or os.path.realpath(entry) != here
        )
    ]
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path) if hasattr(finder, "find_spec") else None
        if spec is not None and spec.loader is not None:
            return spec
    raise ModuleNotFoundError(name + " is not installed", name=name)

if "attio_nb" not in sys.modules:
    spec = find("attio_nb")
    module = sys.modules["attio_nb"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop("attio_nb", None)
        raise
get_ipython().run_line_magic("load_ext", "attio_nb")
''', {})`;
