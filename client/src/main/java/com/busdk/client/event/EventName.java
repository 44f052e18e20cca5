package com.busdk.client.event;

import com.busdk.client.text.Echo;

/**
 * The rule for event names: dot-separated lower-case words of {@code [a-z0-9_-]}, at least two words, at most 255 bytes.
 *
 * <p>Example: {@code EventName.check("bus.vm.start.request")} passes, {@code EventName.isValid("Ping")} is false.
 */
public final class EventName {
    private static final String REQUEST = ".request";
    private static final String RESPONSE = ".response";

    private EventName() {}

    /**
     * Tells whether a text is an event name. Never throws.
     *
     * @param name any text
     * @return true if it keeps the rule
     */
    public static boolean isValid(CharSequence name) {
        int length = name.length();
        if (length > EventLimits.MAX_NAME_BYTES) {
            return false;
        }
        int dots = 0;
        int wordStart = 0;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (i == wordStart) {
                    return false;
                }
                dots++;
                wordStart = i + 1;
            } else if (!isWordCharacter(c)) {
                return false;
            }
        }
        return dots > 0 && wordStart < length;
    }

    /**
     * Refuses what is not an event name.
     *
     * @param name any text
     * @throws IllegalArgumentException with a message that says what a name looks like
     */
    public static void check(CharSequence name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException("name " + Echo.quote(name) + " is not an event name: write at least two"
                    + " lower-case words of a-z, 0-9, _ and - with dots between them, at most 255 bytes,"
                    + " such as example.ping");
        }
    }

    /**
     * Tells whether an event name is that of a request, which has a response.
     *
     * @param name an event name
     * @return true if its last word is {@code request}
     */
    public static boolean isRequest(String name) {
        return name.endsWith(REQUEST) && name.length() > REQUEST.length();
    }

    /**
     * The name of the response to a request: {@code bus.vm.start.request} becomes {@code bus.vm.start.response}.
     *
     * @param requestName the name of a request
     * @return the name of its response
     * @throws IllegalArgumentException if the last word is not {@code request}
     */
    public static String responseTo(String requestName) {
        if (!isRequest(requestName)) {
            throw new IllegalArgumentException(
                    "name " + Echo.quote(requestName) + " is not that of a request: it has to end in .request");
        }
        return requestName.substring(0, requestName.length() - REQUEST.length()) + RESPONSE;
    }

    private static boolean isWordCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
}
