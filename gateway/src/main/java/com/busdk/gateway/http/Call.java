package com.busdk.gateway.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Optional;

/**
 * A request whose caller is known and allowed, unless the handler is to find that out, and whose body has been read.
 *
 * @param caller whose token it came with
 * @param requestId of the request, for logs and for who wants to find it again
 * @param parameter what stood for the last part of the path where the route leaves it open, else empty
 * @param query the parameters of the URL
 * @param body at most as long as the route takes, may be empty
 * @param head its headers, and where it comes from
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, compared by nobody
public record Call(Identity caller, String requestId, String parameter, MultiMap query, byte[] body, Head head) {
    /**
     * A parameter of the URL.
     *
     * @param name its name
     * @return its value, or empty if it is not given
     * @throws ApiException {@code bad_request} if it is given twice
     */
    public Optional<String> query(String name) {
        List<String> values = query.getAll(name);
        if (values.size() > 1) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "the parameter " + name + " is given twice: give it once");
        }
        return values.stream().findFirst();
    }
}
