package com.busdk.gateway.containers;

import com.busdk.client.text.Echo;
import com.busdk.gateway.requests.Replies;
import com.fasterxml.jackson.databind.JsonNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds answers of workers against the caller they are for. Stateless, any thread. */
final class Owned {
    private static final Logger LOG = LoggerFactory.getLogger(Owned.class);

    private Owned() {}

    /**
     * Refuses an answer that names another owner.
     *
     * @param answer has {@code owner_identity_id}, or does not say
     * @throws com.busdk.client.http.ApiException 403; the log has which answer it was, but nobody's data
     */
    static void check(JsonNode answer, String owner, String name, String requestId) {
        JsonNode named = answer.path("owner_identity_id");
        boolean silent = named.isMissingNode()
                || named.isNull()
                || named.isTextual() && named.asText().isEmpty();
        if (!silent && !(named.isTextual() && named.asText().equals(owner))) {
            LOG.error(
                    "request {}: the answer to {} names another owner than the caller, and is not shown",
                    Echo.of(requestId),
                    name);
            throw Replies.anothers();
        }
    }
}
