# SPDX-License-Identifier: Apache-2.0
"""Programs that must fail, or end without an effect."""

#: Text that may be in no message.
SECRET = "s3cret-of-a-tenant"

#: Program -> name of its failure.
REFUSED = {
    "import os\nos.fork()": "raised PermissionError in line 2",
    "import os\nos.kill(os.getppid(), 9)": "raised PermissionError in line 2",
    "open('/etc/passwd')": "raised PermissionError in line 1",
    "open('new', 'w')": "raised PermissionError in line 1",
    "import os\nos.unlink('/tmp/x')": "raised PermissionError in line 2",
    "import os\nos.setsid()": "raised PermissionError in line 2",
    "import os\nos.execv('/bin/sh', ['sh'])": "raised PermissionError",
    "import os\nos.listdir('/proc')": "raised PermissionError in line 2",
    "import os\nos.readlink('/proc/self/exe')": "raised PermissionError",
    "import os\nos.readlink('/etc/localtime')": "raised PermissionError",
    "import os\nif not os.access('/etc/passwd', 0): 1 / 0": (
        "raised ZeroDivisionError in line 2"
    ),
    "import os\nos.getxattr('/etc/passwd', 'user.x')": "raised Permission",
    "import os\nos.statvfs('/etc')": "raised PermissionError in line 2",
    "import os\nos.listdir('/etc')": "raised PermissionError in line 2",
    "import threading\nthreading.Thread(target=print).start()": (
        "raised RuntimeError in line 2"
    ),
    "import resource\nresource.prlimit(1, resource.RLIMIT_CPU)": "raised",
    "import _socket\n_socket.socket()": "raised",
    "x = 'x' * 10 ** 11": "raised MemoryError in line 1",
    "raise SystemExit": "raised SystemExit in line 1",
    "def f():\n    f()\nf()": "raised RecursionError in line 2",
    "1 / 0": "raised ZeroDivisionError in line 1",
    "raise KeyboardInterrupt": "raised KeyboardInterrupt in line 1",
    "import os\nos._exit(0)": "ended without an answer",
    "import os\nos._exit(3)": "ended without an answer",
    "import os\nos.closerange(0, 99)\nwhile True: pass": (
        "ended its process (SIGKILL)"
    ),
    "import ctypes\nctypes.string_at(0)": "ended its process (SIGSEGV)",
    "del data": "left invalid data: data was deleted",
    "data = 5": "left invalid data: data is not a dict",
    "data['usage'] = 5": "left invalid data: data['usage'] is not a dict",
    "data['more'] = 5": "left invalid data: data has a key other than",
    "data['usage']['cpu'][0]['vol']['qty'] = 'x'": (
        "left invalid data: a point's vol['qty'] is not a finite number"
    ),
    "data['usage']['cpu'][0]['rating']['price'] = float('nan')": (
        "left invalid data: a point's rating['price'] is not a finite number"
    ),
    "data['usage']['cpu'][0]['rating']['price'] = '1e99'": (
        "left invalid data: a quantity or a price is out of range"
    ),
    "data['usage']['cpu'][0]['vol']['qty'] = 1 << 10000": "left invalid data",
    "data['usage']['cpu'].append(data['usage'])": "left invalid data: a point",
    "data['usage']['cpu'][0]['groupby'] = None": "left invalid data: a",
    "data['usage']['cpu'][0]['metadata']['x'] = object()": "left invalid data",
    "m = data['usage']['cpu'][0]['metadata']\nm['m'] = m": "left invalid data",
    "del data['usage']['cpu'][0]['vol']": "left invalid data: a point has no",
    "data['usage']['x' * 999] = []": "left invalid data: the name of a metric",
    "import datetime\n"
    "data['period']['begin'] += datetime.timedelta(hours=1)": (
        "left invalid data: data['period'] is read-only"
    ),
    f"raise type('{SECRET}', (Exception,), {{}})": "raised an exception",
    f"raise ValueError('{SECRET}')": "raised ValueError in line 1",
    f"data['{SECRET}'] = 1": "left invalid data: data has a key other than",
    "x = (": "cannot be compiled: SyntaxError in line 1",
    "(" * 5000: "cannot be compiled: SyntaxError",
    "x = 1\n" * 20 + "return": "cannot be compiled: SyntaxError in line 21",
    "-" * 100000 + "1": "cannot be compiled",
    # Forged answers, on every descriptor that the pipe may have.
    "import os\nfor fd in range(32):\n"
    "    try: os.write(fd, b'nonsense')\n"
    "    except OSError: pass\nos._exit(0)": "ended without an answer",
    "import os\nfor fd in range(32):\n"
    '    try: os.write(fd, b\'{"error": {"kind": "data", '
    f'"what": "\\u00e4{SECRET}' + "x" * 99 + "\"}}')\n"
    "    except OSError: pass\nos._exit(0)": "left invalid data: an exception",
    "import os\nfor fd in range(32):\n"
    "    try: os.write(fd, b'[' * 99999)\n"
    "    except OSError: pass\nos._exit(0)": "ended without an answer",
    # Our own functions, replaced.
    "import json\njson.dumps = lambda *a, **k: 'x'": (
        "ended without an answer"
    ),
    "import json\njson.dumps = lambda *a, **k: '{}'": (
        "left invalid data: the answer is not a frame"
    ),
    "import json\njson.dumps = lambda *a, **k: 1 / 0": (
        "ended without an answer"
    ),
    "import os\nos.write = lambda *a: 1 / 0": "ended without an answer",
}

#: Programs that succeed without an effect.
HARMLESS = (
    "print('x' * 100000)",
    "import sys\nsys.stderr.write('x')\nsys.stdout.close()",
    "import os\nos.write(1, b'x' * 1000)\nos.write(2, b'x')",
    "import os\nos.close(0)",
    "import sys\nsys.setrecursionlimit(10 ** 6)",
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "import gc\ngc.disable()",
    "import decimal\ndecimal.getcontext().prec = 2",
    "import builtins\nbuiltins.len = None",
    "import sys\nsys.modules.clear()",
)
