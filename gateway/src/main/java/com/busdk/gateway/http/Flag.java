package com.busdk.gateway.http;

/**
 * An option of a service, for the command line's table and help.
 *
 * @param name without dashes
 * @param label what stands for the value in the help
 * @param help a line for the help, with the default
 * @param isSwitch whether the value may be left out, which means on
 * @param isPath whether the value is a file
 */
public record Flag(String name, String label, String help, boolean isSwitch, boolean isPath) {
    /**
     * An option with a value.
     *
     * @param name without dashes
     * @param label what stands for the value
     * @param help a line for the help
     * @return the flag
     */
    public static Flag of(String name, String label, String help) {
        return new Flag(name, label, help, false, false);
    }

    /**
     * An option whose value is a file.
     *
     * @param name without dashes
     * @param help a line for the help
     * @return the flag
     */
    public static Flag file(String name, String help) {
        return new Flag(name, "FILE", help, false, true);
    }

    /**
     * A switch.
     *
     * @param name without dashes
     * @param help a line for the help
     * @return the flag
     */
    public static Flag ofSwitch(String name, String help) {
        return new Flag(name, "true|false", help, true, false);
    }
}
