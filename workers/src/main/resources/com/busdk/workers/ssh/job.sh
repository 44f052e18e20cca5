# The first lines of the job's own shell; the script comes after them. Its standard input is this text, so what is
# called here gets none. Nothing of this is left over for the script: neither names nor arguments.
bus_folder=$1
{ IFS= read -r bus_stat < "/proc/$$/stat" && read -r bus_boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null || exit 1
# shellcheck disable=SC2086 # numbers; see jobs.sh
set -- ${bus_stat##*) }
printf '%s %s %s\n' "$$" "${20}" "$bus_boot" > "$bus_folder/job" || exit 1
set --
# Who wants it to end says so first, and looks for the job then: one of the two sees the other.
[ ! -e "$bus_folder/stopped" ] || exit 1
# A shell that is killed does not come to this, one that exits does: that tells `exit 137` from a KILL.
trap ": > '$bus_folder/ended'" EXIT
