# The keeper: a session of its own, which no connection's end reaches. It claims the right to begin the script, runs it,
# keeps the beginning of what it writes, ends it when its time is up, and puts down how it ended.
# Fd 3 is the script's input, 6 to 9 are the two ends of the pipes for its output and error.

# Puts bus_code and the word $1 about it in the result's place, whole at once. The file has its length from before the
# claim: a disk that is full by now still takes it.
bus_put() {
    printf '%-63s\n' "$bus_code $1 $bus_time $bus_cut" 1<>"$bus_folder/result.$$"
    bus_try=0
    until ln "$bus_folder/result.$$" "$bus_folder/result" || [ "$bus_try" -ge 60 ]; do
        bus_try=$((bus_try + 1))
        sleep 1
    done
    exit 0
}

# Puts the seconds $1, such as 7.08, into bus_hundredths.
bus_count() {
    bus_hundredths=$((${1%.*} * 100 + 1${1#*.} - 100)) # 08 would be no number
}

# Puts how long the script has run into bus_time, in hundredths of a second: at least one, and 0 if it was not begun.
bus_find_time() {
    bus_time=0 bus_now='' bus_then=''
    { read -r bus_now bus_idle < /proc/uptime && read -r bus_then < "$bus_folder/began"; } 2>/dev/null
    case $bus_then in
    *[0-9].[0-9][0-9])
        bus_count "$bus_now"
        bus_time=$bus_hundredths
        bus_count "$bus_then"
        bus_time=$((bus_time - bus_hundredths))
        [ "$bus_time" -gt 0 ] || bus_time=1
        ;;
    esac
}

bus_lose() {
    rm -f "$bus_folder"/*.$$ "$bus_own"
    exit 1
}

# Whatever needs room is done before the claim: behind it, a failure would leave nobody who may begin the script.
bus_claim() {
    bus_code=0 bus_time=0 bus_cut=-
    [ ! -e "$bus_folder/claim.$$" ] || rm -f "$bus_folder"/*.$$ # of a process that had this id before
    bus_find_boot
    bus_find_start $$
    printf '%s %s %s %s\n' "$$" "$bus_started" "$bus_boot" "$bus_init" > "$bus_folder/claim.$$" || bus_lose
    # Somebody has found that nobody is left, and has taken it away: the folder is that of another attempt.
    [ -e "$bus_own" ] || bus_lose
    rm -f "$bus_own" # the attempt's; it is open as fd 3
    for bus_file in result began cut-out cut-err; do
        printf '%-63s\n' '' > "$bus_folder/$bus_file.$$" || bus_lose
    done
    mkfifo "$bus_folder/o.$$" "$bus_folder/e.$$" || bus_lose
    # Opened for both at first, since one end alone would wait for the other.
    exec 5<>"$bus_folder/o.$$" 6<"$bus_folder/o.$$" 7>"$bus_folder/o.$$" \
        5<>"$bus_folder/e.$$" 8<"$bus_folder/e.$$" 9>"$bus_folder/e.$$" 5>&-
    ln "$bus_folder/claim.$$" "$bus_folder/claim" || bus_lose
    rm -f "$bus_folder/claim.$$" "$bus_folder/o.$$" "$bus_folder/e.$$"
    mv "$bus_folder/began.$$" "$bus_folder/began"
    if [ -e "$bus_folder/stopped" ]; then
        bus_find_reason "$bus_folder"
        bus_put "$bus_reason"
    fi
}

# Keeps the beginning of what comes from fd $2 in the file $1, and reads the rest as well: tee(1) goes on after a file
# takes no more, and holds nothing back. What it has to say about that goes where there is room for it since before the
# claim; busybox's says it at its end only, and nothing if it is killed.
bus_spool() {
    (
        trap '' XFSZ
        ulimit -f "$((bus_most / 512 + 2))" # blocks of 512 bytes, of 1,024 in some shells
        exec tee "$bus_folder/$1" <&"$2" >/dev/null 2<>"$bus_folder/cut-$1.$$" 3<&- 6<&- 7>&- 8<&- 9>&-
    ) &
}

# Ends the script when its time is up, and itself with 7 then.
bus_watch() {
    exec </dev/null >/dev/null 3<&- 6<&- 7>&- 8<&- 9>&-
    bus_other=$!
    # KILL: a child has this shell's traps until it becomes its program, and a TERM that comes before that is lost.
    trap '[ "$!" = "$bus_other" ] || kill -KILL $!; exit 0' TERM
    sleep "$bus_limit" &
    wait $!
    trap '' TERM
    bus_end_session "$bus_folder/job"
    exit 7
}

bus_prepare() {
    bus_spool out 6
    bus_out=$!
    bus_spool err 8
    bus_err=$!
    exec 6<&- 8<&-
    bus_watch &
    bus_watcher=$!
}

# Waits until what process $1 reads for the file $2 has been read, and ends it. Most often its pipe has no other end any
# more, and it ends by itself; but the script may have left something running that holds it. Nothing is left in the pipe
# when it sleeps: who writes wakes it. It has to be seen twice, since it may be on its way to sleep with the last piece
# unread. A slow disk or a busy machine has a minute. Returns 1 if not all was read, or it could not keep all that it read.
bus_settle() {
    bus_look=0
    bus_asleep=0
    while bus_find_start "$1"; [ "$bus_look" -lt 3000 ]; do
        case $bus_state in
        '' | Z | X) break ;;
        S)
            bus_asleep=$((bus_asleep + 1))
            if [ "$bus_asleep" = 2 ]; then
                bus_look=3000
            else
                sleep 0.05
            fi
            ;;
        *)
            bus_asleep=0
            [ "$bus_look" -lt 50 ] || sleep 0.02
            ;;
        esac
        bus_look=$((bus_look + 1))
    done
    [ "$bus_look" -lt 3000 ] || kill "$1"
    wait "$1"
    bus_left=$?
    bus_said=
    read -r bus_said < "$bus_folder/cut-$2.$$"
    rm -f "$bus_folder/cut-$2.$$"
    [ "$bus_left" != 1 ] && [ -z "$bus_said" ] && { [ "$bus_look" -lt 3000 ] || [ "$bus_asleep" -ge 2 ]; }
}

# Puts the name of signal $1 into bus_signal; empty if there is none of that number.
bus_find_signal() {
    bus_signal=$(kill -l "$1")
    case $bus_signal in
    *[!0-9]*) ;;
    *) bus_signal= ;; # some say the number itself
    esac
}

# Puts down how the job ended, given the exit code of its shell.
bus_finish() {
    bus_code=$1
    bus_find_time
    exec 3<&- 7>&- 9>&-
    kill "$bus_watcher"
    wait "$bus_watcher"
    bus_watched=$?
    bus_cut=
    bus_settle "$bus_out" out || bus_cut=o
    bus_settle "$bus_err" err || bus_cut=${bus_cut}e
    bus_cut=${bus_cut:--}
    if [ "$bus_watched" = 7 ]; then
        bus_put timeout
    elif [ -e "$bus_folder/stopped" ]; then
        bus_find_reason "$bus_folder"
        bus_put "$bus_reason"
    elif [ ! -s "$bus_folder/job" ]; then
        bus_put notbegun
    elif [ -e "$bus_folder/bootstrap" ]; then
        bus_put bootstrap
    elif [ ! -e "$bus_folder/ended" ] && [ "$bus_code" -gt 128 ]; then
        # The script may have given its place to a program that ended so by itself: that is told where it is no signal.
        bus_find_signal $((bus_code - 128))
        [ -z "$bus_signal" ] || bus_put "signal-$bus_signal"
    fi
    bus_put exit
}
