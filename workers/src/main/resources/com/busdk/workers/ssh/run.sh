# An attempt at a request: starts a keeper if nobody has begun the script yet, follows whichever keeper runs it, and tells
# how it went. The runner sends jobs.sh, this, and then the keeper's program as a here-document.
# What is said to the runner begins with a byte that no text has and a word that only this attempt knows, so that
# neither a login message nor the script's output is taken for it. Fd 4 is the runner's; fd 2 is nobody's meanwhile, so
# that no shell's own remark gets into the script's output.

bus_say() {
    printf '\036bus:%s:%s\n' "$bus_word" "$1" >&4
}

bus_refuse() {
    bus_say "refused:$1"
    exit 1
}

# Whether there is nothing to begin any more. A job without a claim is one of a runner before there were claims.
bus_is_decided() {
    [ -e "$bus_folder/claim" ] || [ -e "$bus_folder/stopped" ] || [ -e "$bus_folder/job" ]
}

# Makes the folder, and a file in it, which shows that there is room; it becomes the script's input. An attempt that knows
# of an earlier one (bus_anew=0) makes no folder: where there is none any more, the script was begun, and it is not known
# how it went. It takes none away either.
bus_take_folder() {
    bus_try=0
    while ! { bus_make_folder && printf '%s\n' "$bus_run" > "$bus_own"; }; do
        [ "$bus_anew" = 1 ] || [ -d "$bus_folder" ] || return 0
        bus_is_own "$bus_base" || bus_refuse folder
        rm -f "$bus_own"
        [ "$bus_anew" = 0 ] || rmdir "$bus_folder"
        bus_try=$((bus_try + 1)) # an attempt that has not begun anything may have taken it away
        [ "$bus_try" -lt 3 ] || bus_refuse folder
    done
}

# Gives up before anything was begun. A folder in which another attempt has a file stays.
bus_leave() {
    rm -f "$bus_own"
    rmdir "$bus_folder"
    exit 1
}

bus_begin() {
    exec 4>&2 2>/dev/null
    for bus_tool in setsid mkfifo tee head ln; do
        command -v "$bus_tool" >/dev/null || bus_refuse unsupported
    done
    [ -r /proc/self/stat ] && [ -r /proc/sys/kernel/random/boot_id ] || bus_refuse unsupported
    bus_find_folder
    bus_own=$bus_folder/in.$$
    # Following needs no room, so that a full disk keeps nobody from a result.
    bus_is_decided || { [ "$bus_anew" = 0 ] && [ ! -d "$bus_folder" ]; } || bus_take_folder
    trap bus_leave PIPE # the runner may have gone meanwhile
    # Everything before these lines is the login's, not the script's.
    printf '\036bus:%s:ready\n' "$bus_word"
    bus_say ready
    bus_go=
    read -r bus_go
    [ "$bus_go" = "go:$bus_word" ] || bus_leave
    trap - PIPE
}

# Puts the script's input behind fd 3. Returns 1 if a keeper would be of no use, or would get part of the input only.
# The file stays until the keeper has one of its own: without any, nobody seems to be about to begin it.
bus_take_input() {
    [ -e "$bus_own" ] || return 1
    if [ "$bus_input" = 0 ]; then
        exec 3</dev/null
    elif cat > "$bus_own" && [ "$(wc -c < "$bus_own")" -eq "$bus_input" ]; then
        exec 3< "$bus_own"
    else
        rm -f "$bus_own"
        return 1
    fi
}

# Says now and then that it is there, so that a connection that is dead is found out, and ends the attempt with it.
bus_beat() {
    exec </dev/null >/dev/null
    cd /
    bus_other=$!
    trap '' PIPE
    # KILL: a child has this shell's traps until it becomes its program, and a TERM that comes before that is lost.
    trap '[ "$!" = "$bus_other" ] || kill -KILL $!; exit 0' TERM
    while kill -0 "$$"; do
        sleep 20 4>&- &
        wait $!
        bus_say alive || kill "$$"
    done
}

# Says how it ended, behind all that the script wrote on both ways.
bus_tell() {
    [ -z "$bus_beats" ] || kill "$bus_beats"
    printf '\036bus:%s:out\n' "$bus_word"
    bus_say "end:$1"
    exit 0
}

bus_tell_result() {
    read -r bus_code bus_how bus_time bus_cut < result
    [ ! -s out ] || head -c "$((bus_most + 1))" out
    [ ! -s err ] || head -c "$((bus_most + 1))" err >&4
    case $bus_cut in
    *o*) printf '\036bus:%s:cut\n' "$bus_word" ;;
    esac
    case $bus_cut in
    *e*) bus_say cut ;;
    esac
    bus_tell "$bus_code:$bus_how:$bus_time"
}

# Waits for the result. The folder is the working directory of those who wait: it is not removed under them.
bus_follow() {
    bus_beats=
    exec 3<&-
    cd "$bus_folder" || bus_tell 0:gone:0
    bus_beat &
    bus_beats=$!
    [ -z "$bus_keeper" ] || wait "$bus_keeper"
    bus_wait=0
    while [ ! -e result ]; do
        if [ ! -e claim ] && [ ! -e job ]; then
            [ "$bus_folder" -ef . ] || bus_tell 0:gone:0
            if [ -e stopped ]; then
                bus_find_reason .
                bus_tell "0:$bus_reason:0"
            fi
            rm -f "$bus_own"
            rmdir "$bus_folder" # there was no room, or not all of the input came
            bus_tell 0:notbegun:0
        fi
        if ! bus_lives claim && sleep 0.05 && ! bus_lives claim && [ ! -e result ]; then
            # Nobody watches over it any more. It was looked at twice, the result last: a keeper that ends puts it down first.
            bus_end_session job
            bus_end_session claim
            bus_tell 0:lost:0
        fi
        bus_wait=$((bus_wait + 1))
        if [ "$bus_wait" -le 20 ]; then
            sleep 0.05
        elif [ "$bus_wait" -le 40 ]; then
            sleep 0.2
        else
            sleep 1
        fi
    done
    bus_tell_result
}
