package com.busdk.cli.billing;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus billing setup} and {@code portal}: the address of a page that does the rest. */
public final class BillingSessionCommand extends Command {
    /** An address with a session in it; longer ones no browser takes. */
    private static final int MAX_URL = 8_000;

    private final Verb verb;

    /** For setting up alone. */
    private final @Nullable Argument<String> plan;

    private BillingSessionCommand(Verb verb) {
        this.verb = verb;
        this.plan = verb == Verb.SETUP
                ? option("ID", "the plan to be on, such as the one that a used up quota names", "--plan")
                : null;
    }

    private enum Verb {
        SETUP(
                "setup",
                "Sets your account up for billing, or moves it to another plan: prints the address of a page to open in"
                        + " a browser, where that is completed. The token needs the scope billing:setup."),
        PORTAL(
                "portal",
                "Prints the address of a page where you look after your subscription: plan, payment, invoices. The"
                        + " token needs the scope billing:read.");

        private final String word;
        private final String description;

        Verb(String word, String description) {
            this.word = word;
            this.description = description;
        }
    }

    /** Sets up. */
    public static BillingSessionCommand setup() {
        return new BillingSessionCommand(Verb.SETUP);
    }

    /** Looks after. */
    public static BillingSessionCommand portal() {
        return new BillingSessionCommand(Verb.PORTAL);
    }

    @Override
    public String description() {
        return verb.description;
    }

    @Override
    public List<String> examples() {
        String plain = "bus billing " + verb.word;
        return plan == null ? List.of(plain) : List.of(plain, plain + " --plan pro");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, HttpMethod.POST, "/api/v1/billing/" + verb.word, body());
        }
        String url = answer.path("url").asText("");
        if (url.isEmpty()) {
            throw CliException.failed("the answer has no address in it: check --api-url or BUS_AI_API_URL");
        }
        if (invocation.common().format() == Format.TEXT) {
            invocation.out().line(Echo.clean(url, MAX_URL));
        } else {
            var table = new Table(Column.text("url"));
            table.row(url);
            Printer.print(invocation, answer, table);
        }
        return ExitCode.OK;
    }

    private @Nullable String body() {
        return plan == null || !plan.given()
                ? null
                : JsonNodeFactory.instance
                        .objectNode()
                        .put("plan_id", plan.required())
                        .toString();
    }
}
