package com.busdk.client.config;

/** An option has a value that cannot be used. The message names the option and says what to write; it has no trace. */
public final class ConfigException extends RuntimeException {
    private final String option;

    /**
     * Says which option is wrong, and why.
     *
     * @param option as the user writes it, such as {@code --fsync (BUS_EVENTS_FSYNC)}
     * @param whatIsWrong what is wrong and what to write instead, without any secret
     */
    public ConfigException(String option, String whatIsWrong) {
        super(option + ": " + whatIsWrong, null, false, false);
        this.option = option;
    }

    /**
     * Which option.
     *
     * @return the option as the user writes it
     */
    public String option() {
        return option;
    }
}
