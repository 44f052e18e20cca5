package com.busdk.gateway.subscription;

import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Replies;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the billing worker is asked, and what is believed of its answers. Stateless, any thread. */
final class BillingEvents {
    private static final Logger LOG = LoggerFactory.getLogger(BillingEvents.class);

    /** How an account stands. */
    static final String STATUS = "bus.billing.status.request";

    /** A page where an account is set up. */
    static final String CHECKOUT = "bus.billing.checkout_session.request";

    /** A page where a subscription is looked after. */
    static final String PORTAL = "bus.billing.portal_session.request";

    /** Names of the responses that have to be heard. */
    static final List<String> RESPONSES = List.of(
            "bus.billing.status.response",
            "bus.billing.checkout_session.response",
            "bus.billing.portal_session.response");

    private static final Set<String> STATES = Set.of("missing", "incomplete", "active", "past_due", "canceled");
    private static final String ACCOUNT = "account_id";

    private BillingEvents() {}

    /** The status without what is not the contract's; fails if it has another shape, or is another's. */
    static Future<ObjectNode> status(ObjectNode answer, String account) {
        JsonNode features = answer.path("features");
        JsonNode usage = answer.path("usage");
        JsonNode required = answer.path("setup_required");
        boolean shaped = answer.path(ACCOUNT).isTextual()
                && STATES.contains(answer.path("status").asText())
                && isListOf(features, JsonNode::isTextual)
                && isListOf(usage, JsonNode::isObject)
                && required.isBoolean();
        if (!shaped) {
            return Future.failedFuture(Replies.malformed(STATUS));
        }
        if (!answer.path(ACCOUNT).asText().equals(account)) {
            LOG.error("the billing worker answered with the status of another account than was asked for");
            return Future.failedFuture(Replies.anothers());
        }
        ObjectNode status = Json.object();
        for (String field : List.of(
                ACCOUNT, "status", "plan_id", "features", "usage", "setup_required", "next_action", "command")) {
            JsonNode value = answer.path(field);
            if (!value.isMissingNode() && !value.isNull()) {
                status.set(field, value);
            }
        }
        return Future.succeededFuture(status);
    }

    /** The address of a session; a browser is sent there, so it is a web page's or none. */
    static Future<String> url(ObjectNode answer, String name) {
        String text = answer.path("url").asText("");
        try {
            URI url = new URI(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (web && url.getHost() != null && url.getRawUserInfo() == null) {
                return Future.succeededFuture(text);
            }
        } catch (URISyntaxException _) {
            // said below
        }
        return Future.failedFuture(Replies.malformed(name));
    }

    /** Tells whether a thing is as it should be. */
    @FunctionalInterface
    private interface Shape {
        boolean fits(JsonNode node);
    }

    private static boolean isListOf(JsonNode node, Shape shape) {
        return node.isArray() && StreamSupport.stream(node.spliterator(), false).allMatch(shape::fits);
    }
}
