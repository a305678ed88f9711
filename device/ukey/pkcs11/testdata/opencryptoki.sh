#!/bin/sh
# Gives the command in its arguments a factory-new openCryptoki and a pkcsslotd of its own. To be run in new mount, IPC
# and PID namespaces: the daemon knows only its fixed directories, which are covered here by empty ones.
set -eu
mount --make-rprivate /
mkdir -p /var/lib/opencryptoki
for dir in /run /dev/shm /var/lib/opencryptoki; do
	mount -t tmpfs none "$dir"
done
lock=$(readlink -m /var/lock)
for dir in "$lock"/opencryptoki/swtok "$lock"/opencryptoki/tpm /var/lib/opencryptoki/swtok/TOK_OBJ; do
	mkdir -p "$dir"
done
chgrp -R pkcs11 "$lock"/opencryptoki /var/lib/opencryptoki
chmod -R 770 "$lock"/opencryptoki /var/lib/opencryptoki
pkcsslotd
until [ -S /run/pkcsslotd.socket ]; do sleep 0.02; done
"$@"
