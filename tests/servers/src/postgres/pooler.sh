# Keeps a PgBouncer for the process that holds the other end of standard input. When that end is
# closed, PgBouncer is stopped and its files are removed; the end is closed however that process
# ends.
#
# Arguments: the folder in which to make a folder for PgBouncer, its program, and the folder of
# libraries that the system may lack. The first line that is printed is PgBouncer's folder. Then
# each line of input is a command, which is answered by its exit status.
umask 077
folder=$(mktemp -d "$1/aio-sql.XXXXXX") || exit
cd "$folder" || exit
program=$2
libraries=$3
printf '%s\n' "$folder"

while read -r command arguments; do
    case $command in
    program)
        program=$arguments
        ;;
    libraries)
        libraries=$arguments
        ;;
    start)
        LD_LIBRARY_PATH=$libraries "$program" pgbouncer.ini >> log 2>&1 < /dev/null &
        pooler=$!
        ;;
    kill)
        kill "-$arguments" "$pooler" 2> /dev/null
        ;;
    wait)
        wait "$pooler" 2> /dev/null
        ;;
    esac
    printf '%s\n' "$?"
done

[ -n "$pooler" ] && kill -KILL "$pooler" 2> /dev/null
cd /
rm -rf "$folder"
