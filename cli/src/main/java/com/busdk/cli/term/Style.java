package com.busdk.cli.term;

/**
 * Colour, or none.
 *
 * @param colour whether text is coloured
 */
public record Style(boolean colour) {
    /** A heading. */
    public String strong(String text) {
        return paint("1", text);
    }

    /** What matters less. */
    public String faint(String text) {
        return paint("2", text);
    }

    /** What is as it should be. */
    public String good(String text) {
        return paint("32", text);
    }

    /** What deserves a look. */
    public String warning(String text) {
        return paint("33", text);
    }

    /** What is wrong. */
    public String bad(String text) {
        return paint("31", text);
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
