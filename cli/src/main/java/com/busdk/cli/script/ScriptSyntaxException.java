package com.busdk.cli.script;

/** A file of commands cannot be read: where, and why. */
public final class ScriptSyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ScriptSyntaxException(String file, int line, String problem) {
        super(file + ":" + line + ": " + problem);
    }

    /** Place and problem, for example {@code deploy.bus:12: a quote is not closed on its line}. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
