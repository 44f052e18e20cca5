# Puts down when the script begins, right before it does. The file is there, and has its length, from before the claim.
{
    read -r bus_stat bus_boot < /proc/uptime
    printf '%-63s\n' "$bus_stat" 1<>"$bus_folder/began"
} 2>/dev/null
