# Keeps a PostgreSQL server for the process that holds the other end of standard input. When that
# end is closed, the server is stopped and its files are removed; the end is closed however that
# process ends.
#
# Arguments: the folder in which to make a folder for the server, and the folder of PostgreSQL's
# programs. The first line that is printed is the server's folder. Then each line of input is a
# command, which is answered by its exit status.
umask 077
folder=$(mktemp -d "$1/aio-sql.XXXXXX") || exit
cd "$folder" || exit
programs=$2
environment=
paused=
printf '%s\n' "$folder"

while read -r command arguments; do
    case $command in
    programs)
        programs=$arguments
        ;;
    environment)
        environment=$arguments
        ;;
    initdb)
        # The words of the arguments are separate arguments.
        # shellcheck disable=SC2086
        "$programs/initdb" --pgdata=data $arguments > initdb.log 2>&1 < /dev/null
        ;;
    basebackup)
        # shellcheck disable=SC2086
        "$programs/pg_basebackup" --pgdata=data --username=postgres --checkpoint=fast --write-recovery-conf --no-sync \
            $arguments > basebackup.log 2>&1 < /dev/null
        ;;
    start)
        rm -f ended
        # shellcheck disable=SC2086
        { env $environment "$programs/postgres" -D data >> log 2>&1 < /dev/null; echo "$?" > ended; } &
        : > started
        ;;
    kill)
        # shellcheck disable=SC2086
        kill $arguments 2> /dev/null
        ;;
    pause)
        paused=$arguments
        # shellcheck disable=SC2086
        kill -STOP $paused 2> /dev/null
        ;;
    resume)
        # shellcheck disable=SC2086
        kill -CONT $paused 2> /dev/null
        paused=
        ;;
    esac
    printf '%s\n' "$?"
done

# A process that is paused would not end.
# shellcheck disable=SC2086
[ -n "$paused" ] && kill -CONT $paused 2> /dev/null
# A server that has only just been started has not written its number yet.
while [ -e started ] && [ ! -e ended ]; do
    server=$(head -n 1 data/postmaster.pid 2> /dev/null)
    [ -n "$server" ] && kill -QUIT "$server" 2> /dev/null
    sleep 0.02
done
cd /
rm -rf "$folder"
