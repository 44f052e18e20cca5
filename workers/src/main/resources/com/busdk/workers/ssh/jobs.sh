# What every program that the SSH runner sends knows about jobs. It is read by whatever sh the target has (dash, bash,
# busybox), so: POSIX, and names that begin with bus_. It needs Linux for /proc.
#
# A job is a session of processes (setsid), found again by a folder named after the request:
#   owner  the word of the attempt that the job belongs to; whoever writes its own word there takes the job over
#   job    session id, the start time of its first process, and the boot that both belong to
# A session, not a process group: timeout(1) and job control make groups of their own, and would get away.

# Puts where such folders may be into bus_base: in memory where the user may write there, and gone after a boot.
bus_find_base() {
    bus_base=/tmp
    [ ! -w /run ] || bus_base=/run
    bus_base=$bus_base/bus-ssh-$(id -u)
}

# Whether the folder $1 is this attempt's.
bus_is_mine() {
    bus_owner=
    { read -r bus_owner < "$1/owner"; } 2>/dev/null
    [ "$bus_owner" = "$bus_word" ]
}

# Puts the start time of process $1, in ticks since boot, into bus_started; empty if there is none.
bus_find_start() {
    bus_started=
    { IFS= read -r bus_stat < "/proc/$1/stat"; } 2>/dev/null || return 0
    # The second field is a name in parentheses that may hold anything; counted from behind it, the 20th is the time.
    # shellcheck disable=SC2086 # numbers
    set -- ${bus_stat##*) }
    bus_started=${20-}
}

# Puts the living processes of session $1 into bus_members.
bus_find_members() {
    bus_members=
    bus_session=$1
    for bus_process in /proc/[0-9]*; do
        { IFS= read -r bus_stat < "$bus_process/stat"; } 2>/dev/null || continue
        # shellcheck disable=SC2086 # numbers: state, parent, group, session
        set -- ${bus_stat##*) }
        [ "${4-}" = "$bus_session" ] || continue
        case $1 in
        Z | X) ;; # dead, only not yet collected by its parent
        *) bus_members="$bus_members ${bus_process#/proc/}" ;;
        esac
    done
}

# Ends the job of the folder $1: TERM, and KILL two seconds later. Returns 1 if some of it is alive after five.
bus_end_job() {
    bus_sid=
    { read -r bus_sid bus_since bus_job_boot < "$1/job"; } 2>/dev/null
    case $bus_sid in
    '' | *[!0-9]* | 0 | 1) return 0 ;;
    esac
    bus_boot=
    { read -r bus_boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
    [ "$bus_boot" = "$bus_job_boot" ] || return 0
    # The id may belong to someone else by now. Not so if its first process is gone and others of the session are not:
    # the kernel gives an id out again only when nothing uses it, also as a session's.
    bus_find_start "$bus_sid"
    [ -z "$bus_started" ] || [ "$bus_started" = "$bus_since" ] || return 0
    bus_round=0
    while :; do
        bus_find_members "$bus_sid"
        [ -n "$bus_members" ] || return 0
        # shellcheck disable=SC2086 # a list of numbers
        if [ "$bus_round" = 0 ]; then
            kill -TERM $bus_members 2>/dev/null
        elif [ "$bus_round" -ge 20 ]; then
            kill -KILL $bus_members 2>/dev/null # each time anew: it may be making more of them
        fi
        [ "$bus_round" -lt 50 ] || return 1
        bus_round=$((bus_round + 1))
        sleep 0.1
    done
}
