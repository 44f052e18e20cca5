package com.busdk.gateway.auth;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An e-mail address in the one spelling that stands for an account: compatible characters are made the same (NFKC), letters
 * are small, the domain is in its ASCII form (IDNA). What stands behind a plus stays, since it may be another mailbox.
 *
 * <p>Only plain addresses are taken (RFC 5321, a dot-string at a domain with a dot in it): no quotes, comments, address
 * literals or line breaks, so that what goes into a mail's head is an address and nothing else, and no letters beyond
 * ASCII before the at sign, which look alike too easily and few servers carry. Immutable.
 *
 * @param text the normal form
 */
record EmailAddress(String text) {
    /** RFC 5321, section 4.5.3.1.3: a path has 256 octets, of which two are its brackets. */
    private static final int MAX_CHARS = 254;

    /** RFC 5321, section 4.5.3.1.1. */
    private static final int MAX_LOCAL_CHARS = 64;

    private static final Pattern LOCAL =
            Pattern.compile("[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*");

    /**
     * What is a character of its own by the rules of today (IDNA 2008), and by those of Java (IDNA 2003) another or none:
     * sharp s, final sigma and the two joiners (Unicode Technical Standard 46, section 2.3). Who reads mail at the one
     * domain need not be who does at the other.
     */
    private static final Pattern DEVIATIONS = Pattern.compile("[\\u00DF\\u03C2\\u200C\\u200D]");

    /** Labels of a host (RFC 1123, section 2.1), of which the last is not a number. */
    private static final Pattern DOMAIN = Pattern.compile(
            "(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    /**
     * Reads an address.
     *
     * @param text as somebody wrote it
     * @return the address
     * @throws ApiException {@code bad_request} if it is none; the message does not repeat it
     */
    static EmailAddress parse(String text) {
        if (text.length() > 2 * MAX_CHARS || text.chars().anyMatch(Character::isISOControl)) {
            throw none(); // before anything is stripped: a line break at the end is no white space to forgive
        }
        String same = Normalizer.normalize(text.strip(), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        int at = same.indexOf('@');
        if (at < 1 || at != same.lastIndexOf('@')) {
            throw none();
        }
        String local = same.substring(0, at);
        String domain;
        if (DEVIATIONS.matcher(same).find(at)) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "email has a domain with a character that stands for another domain with some programs: write the"
                            + " domain in its ASCII form (xn--)");
        }
        try {
            domain = IDN.toASCII(same.substring(at + 1), IDN.USE_STD3_ASCII_RULES)
                    .toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw none();
        }
        String whole = local + "@" + domain;
        if (local.length() > MAX_LOCAL_CHARS
                || whole.length() > MAX_CHARS
                || !LOCAL.matcher(local).matches()
                || !DOMAIN.matcher(domain).matches()) {
            throw none();
        }
        return new EmailAddress(whole);
    }

    private static ApiException none() {
        return ApiException.of(
                ErrorType.BAD_REQUEST, "email is not an address that mail can be sent to, such as user@example.com");
    }

    @Override
    public String toString() {
        return "EmailAddress"; // somebody's own business, and no business of a log
    }
}
