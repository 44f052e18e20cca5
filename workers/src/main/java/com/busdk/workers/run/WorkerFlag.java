package com.busdk.workers.run;

/**
 * An option of a worker, as a command line shows it.
 *
 * @param name without dashes, such as {@code vm-name}
 * @param label what stands for its value in the help
 * @param help one line, with the default and, where it is not obvious, the variable
 * @param optionalValue whether the value may be left out, as with a switch
 * @param path whether the value is a file, which a command line may have to make absolute
 */
public record WorkerFlag(String name, String label, String help, boolean optionalValue, boolean path) {
    /** Refuses a name with dashes before it. */
    public WorkerFlag {
        if (name.isBlank() || name.startsWith("-")) {
            throw new IllegalArgumentException("a flag's name is written without dashes before it");
        }
    }

    /**
     * A flag with a value.
     *
     * @param name without dashes
     * @param label what stands for its value
     * @param help one line
     * @return the flag
     */
    public static WorkerFlag value(String name, String label, String help) {
        return new WorkerFlag(name, label, help, false, false);
    }

    /**
     * A flag whose value is a file.
     *
     * @param name without dashes
     * @param help one line
     * @return the flag
     */
    public static WorkerFlag file(String name, String help) {
        return new WorkerFlag(name, "FILE", help, false, true);
    }

    /**
     * A switch: without a value it is on.
     *
     * @param name without dashes
     * @param help one line
     * @return the flag
     */
    public static WorkerFlag toggle(String name, String help) {
        return new WorkerFlag(name, "true|false", help, true, false);
    }
}
