# What every program that the SSH runner sends knows about jobs. It is read by whatever sh the target has (dash, bash,
# busybox), so: POSIX, and names that begin with bus_. It needs Linux for /proc.
#
# A request has a folder on the machine, of the user who runs the script and for nobody else, named after the request:
#   claim    the keeper, which runs the script: process id, start time, the boot that both belong to, and the start of
#            process 1, since containers of one machine share a boot. Who links a file of its own to this name may begin
#            the script, and nobody else ever may
#   job      the session of the script's processes: id, start time of its first process, boot
#   began    when the script began, behind all that is done before it: seconds since the boot; blank until then
#   ended    the script's shell has come to its end by itself
#   stopped  why nothing may be begun any more: cancelled or timeout
#   out err  the beginning of what the script wrote; they do not change once there is a result
#   result   how it ended: exit code, a word about it, hundredths of a second, what of the output could not be kept
# Files on their way have the id of the process behind their name that writes them.
# A session, not a process group: timeout(1) and job control make groups of their own, and would get away.

# Whether the folder $1 is this user's own.
bus_is_own() {
    [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]
}

# Puts the request's folder into bus_folder, and the one it is in into bus_base: in memory where the user may write there,
# and gone after a boot. Returns 1 if there is none yet.
bus_find_folder() {
    bus_name=bus-ssh-$(id -u)
    for bus_base in "/run/$bus_name" "/tmp/$bus_name"; do
        bus_folder=$bus_base/$bus_run
        ! bus_is_own "$bus_base" || [ ! -d "$bus_folder" ] || return 0
    done
    [ ! -w /run ] || bus_base=/run/$bus_name
    bus_folder=$bus_base/$bus_run
    return 1
}

# Makes the folder that bus_find_folder has named, and the one it is in; not for an attempt that only follows.
bus_make_folder() {
    [ -d "$bus_folder" ] || [ "${bus_anew-1}" = 1 ] || return 1
    [ -d "$bus_base" ] || mkdir -m 0700 "$bus_base"
    bus_is_own "$bus_base" || return 1 # where everyone may write, another user may have made it
    mkdir -m 0700 "$bus_folder"
    [ -d "$bus_folder" ]
}

# Puts why the job of folder $1 was stopped into bus_reason.
bus_find_reason() {
    bus_reason=
    { read -r bus_reason < "$1/stopped"; } 2>/dev/null
    bus_reason=${bus_reason:-cancelled} # a full disk takes a file without a word in it
}

# Puts the start time of process $1, in ticks since boot, into bus_started, and its state into bus_state; empty if there
# is none.
bus_find_start() {
    bus_started='' bus_state=''
    { IFS= read -r bus_stat < "/proc/$1/stat"; } 2>/dev/null || return 0
    # The second field is a name in parentheses that may hold anything; counted from behind it, the 20th is the time.
    # shellcheck disable=SC2086 # numbers
    set -- ${bus_stat##*) }
    bus_state=$1 bus_started=${20-}
}

# Puts this boot's name into bus_boot, and the start time of process 1 into bus_init: - where it is hidden.
bus_find_boot() {
    bus_boot=
    { read -r bus_boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
    bus_find_start 1
    bus_init=${bus_started:--}
}

# Reads file $1, a claim or a job. Returns 1 if there is nothing in it, or if it is of another boot.
bus_read_process() {
    bus_pid=
    { read -r bus_pid bus_since bus_its_boot bus_its_init < "$1"; } 2>/dev/null
    case $bus_pid in
    '' | *[!0-9]* | 0 | 1) return 1 ;;
    esac
    bus_find_boot
    [ "$bus_boot" = "$bus_its_boot" ] && [ "${bus_its_init:-$bus_init}" = "$bus_init" ]
}

# Whether the process of file $1 is alive.
bus_lives() {
    bus_read_process "$1" || return 1
    bus_find_start "$bus_pid"
    case $bus_state in
    '' | Z | X) return 1 ;; # dead, or only not yet collected by its parent
    esac
    [ "$bus_started" = "$bus_since" ]
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
        Z | X) ;;
        *) bus_members="$bus_members ${bus_process#/proc/}" ;;
        esac
    done
}

# Ends the session of file $1: TERM, and KILL two seconds later. Returns 1 if some of it is alive after five.
bus_end_session() {
    bus_read_process "$1" || return 0
    # The id may belong to someone else by now. Not so if its first process is gone and others of the session are not:
    # the kernel gives an id out again only when nothing uses it, also as a session's.
    bus_find_start "$bus_pid"
    [ -z "$bus_started" ] || [ "$bus_started" = "$bus_since" ] || return 0
    bus_round=0
    while :; do
        bus_find_members "$bus_pid"
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
