package com.busdk.client.text;

/**
 * Makes a stranger's input fit to be repeated in an error message: bounded, on one line, without control characters.
 *
 * <p>Example: {@code "name " + Echo.quote(name) + " is not an event name"}.
 */
public final class Echo {
    /** Most characters of input that an error message repeats (Events API contract, "Errors"). */
    public static final int MAX_CHARS = 200;

    private Echo() {}

    /**
     * The input without control characters and halves of characters (each becomes a {@code ?}), cut to {@link #MAX_CHARS} with an ellipsis.
     *
     * @param input anything, also hostile
     * @return at most {@link #MAX_CHARS} characters
     */
    public static String of(CharSequence input) {
        return clean(input, MAX_CHARS);
    }

    /**
     * As {@link #of}, between double quotes.
     *
     * @param input anything, also hostile
     * @return the quoted text
     */
    public static String quote(CharSequence input) {
        return '"' + of(input) + '"';
    }

    /**
     * Cleans and cuts a text to a length of the caller's choice.
     *
     * @param input anything, also hostile
     * @param maxChars most characters in the answer, at least 1
     * @return the cleaned text; its last character is an ellipsis if something was cut
     */
    public static String clean(CharSequence input, int maxChars) {
        boolean cut = input.length() > maxChars;
        int end = cut ? maxChars - 1 : input.length();
        if (cut && end > 0 && Character.isHighSurrogate(input.charAt(end - 1))) {
            end--; // half a character would not survive UTF-8
        }
        StringBuilder out = new StringBuilder(end + 1);
        for (int i = 0; i < end; i++) {
            char c = input.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(input.charAt(i + 1));
            if (pair) {
                out.append(c).append(input.charAt(++i));
            } else {
                // Half a character is none: an event or answer with it could not be written.
                out.append(isUnprintable(c) || Character.isSurrogate(c) ? '?' : c);
            }
        }
        return cut ? out.append('…').toString() : out.toString();
    }

    private static boolean isUnprintable(char c) {
        // Besides the controls: line separators and the marks that change text direction on a terminal.
        return Character.isISOControl(c)
                || c == '\u2028'
                || c == '\u2029'
                || (c >= '\u202A' && c <= '\u202E')
                || (c >= '\u2066' && c <= '\u2069');
    }
}
