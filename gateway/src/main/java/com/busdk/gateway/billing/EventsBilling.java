package com.busdk.gateway.billing;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** Asks the billing worker by {@code bus.billing.entitlement.check.request}. Stateless, any thread. */
public final class EventsBilling implements Billing {
    /** The request's name. */
    public static final String REQUEST = "bus.billing.entitlement.check.request";

    /** The response's name. */
    public static final String RESPONSE = "bus.billing.entitlement.check.response";

    /** What helps an account that was never set up, where the worker does not say. */
    private static final String SETUP = "bus billing setup";

    private final Requests requests;
    private final Duration timeout;

    /**
     * Billing by events.
     *
     * @param requests asks
     * @param timeout how long the worker may take
     */
    public EventsBilling(Requests requests, Duration timeout) {
        this.requests = requests;
        this.timeout = timeout;
    }

    @Override
    public Future<Void> require(String account, String scope) {
        ObjectNode payload = Json.object().put("account_id", account).put("scope", scope);
        String id = "billing-" + UUID.randomUUID();
        return requests.ask(new Question(REQUEST, account, payload, id, Map.of(), timeout))
                .compose(answer -> {
                    JsonNode allowed = answer.path("allowed");
                    if (!allowed.isBoolean()) {
                        return Future.failedFuture(Replies.malformed(REQUEST));
                    }
                    return allowed.booleanValue()
                            ? Future.succeededFuture()
                            : Future.failedFuture(denied(answer, scope));
                });
    }

    private static ApiException denied(ObjectNode answer, String scope) {
        boolean quota = answer.path("reason").asText().equals(ErrorType.QUOTA_EXCEEDED.type());
        String plan = Echo.of(answer.path("recommended_plan").asText(""));
        String command = Echo.of(answer.path("command").asText(""));
        if (command.isBlank()) {
            command = SETUP;
        }
        boolean setUp = !command.equals(SETUP);
        String message = quota
                ? "the plan's quota for " + scope + " is used up" + window(answer)
                        + (plan.isBlank() ? "" : "; the plan " + plan + " has more") + ": run " + command
                : (setUp
                                ? "the account's subscription does not cover " + scope
                                : "the account is not set up for billing, which " + scope + " needs")
                        + ": run " + command;
        return ApiException.of(quota ? ErrorType.QUOTA_EXCEEDED : ErrorType.BILLING_REQUIRED, message)
                .withAction(quota ? "upgrade_plan" : setUp ? "update_subscription" : "setup_billing")
                .withCommand(command);
    }

    /** Of which window, how much there is in it, and when it ends; as far as the worker says. */
    private static String window(ObjectNode answer) {
        JsonNode first = answer.path("usage").path(0);
        String window = Echo.of(first.path("window").asText(""));
        if (window.isBlank()) {
            return "";
        }
        String until = Echo.of(first.path("resets_at").asText(""));
        return ", " + first.path("used").asLong() + " of " + first.path("limit").asLong() + " in the window " + window
                + (until.isBlank() ? "" : ", which ends at " + until);
    }
}
