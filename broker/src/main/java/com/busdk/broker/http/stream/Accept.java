package com.busdk.broker.http.stream;

import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a client would have of the forms that a stream has, by its {@code Accept} (RFC 9110, section 12.5.1). Any thread. */
final class Accept {
    private static final String ANY = "*/*";

    /** A quality value of 0, which says what is not acceptable. */
    private static final Pattern REFUSAL = Pattern.compile(";\\s*q\\s*=\\s*0(?:\\.0*)?\\s*(?:;|$)");

    private Accept() {}

    /**
     * By the first type in the list that there is; quality values above 0 are not weighed.
     *
     * @param headers the lines of that header, none for whatever there is; several are one list
     * @throws ApiException 406 where nothing is acceptable
     */
    static Framing of(List<String> headers) {
        List<String> wanted = new ArrayList<>();
        Set<String> refused = new HashSet<>();
        for (String part : String.join(",", headers).toLowerCase(Locale.ROOT).split(",", -1)) {
            int semicolon = part.indexOf(';');
            String type = (semicolon < 0 ? part : part.substring(0, semicolon)).strip();
            if (semicolon >= 0 && REFUSAL.matcher(part.substring(semicolon)).find()) {
                refused.add(type);
            } else if (!type.isEmpty()) {
                wanted.add(type);
            }
        }
        if (wanted.isEmpty() && refused.isEmpty()) {
            return Framing.NDJSON;
        }
        for (String type : wanted) {
            if (takes(type, "application/x-ndjson", "application/*", refused)) {
                return Framing.NDJSON;
            }
            if (takes(type, "text/event-stream", "text/*", refused)) {
                return Framing.SSE;
            }
        }
        throw ApiException.of(
                ErrorType.NOT_ACCEPTABLE, "a stream is application/x-ndjson or text/event-stream; accept one of them");
    }

    /** Whether the type that is wanted is that one, or a range with it from which it is not taken out. */
    private static boolean takes(String wanted, String type, String range, Set<String> refused) {
        if (wanted.equals(type)) {
            return true;
        }
        return wanted.equals(range) && !refused.contains(type)
                || wanted.equals(ANY) && !refused.contains(type) && !refused.contains(range);
    }
}
