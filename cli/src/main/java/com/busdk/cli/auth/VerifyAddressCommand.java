package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code bus auth verify}: gives the one-time password back, and keeps the session that it opens. */
public final class VerifyAddressCommand extends Command {
    /** A code is six digits; somebody may type blanks between them. */
    private static final int MAX_CODE_BYTES = 64;

    private final Argument<String> email = requiredOption("ADDRESS", "your e-mail address", "--email");
    private final Argument<String> otp =
            option("CODE", "the one-time password; without it it is asked for, or read from standard input", "--otp");

    @Override
    public String description() {
        return "Verifies an address with the one-time password that was sent to it, and opens a session, whose token"
                + " goes to auth/token under the config root. Give no --otp where others can see command lines: it is"
                + " asked for then.";
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus auth verify --email user@example.com", "bus auth verify --email user@example.com --otp 123456");
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        String code = otp.or("");
        if (code.isBlank()) {
            code = ask(invocation);
        }
        ObjectNode body = AuthApi.object().put("email", email.required()).put("otp", code.replaceAll("\\s", ""));
        JsonNode answer = AuthApi.of(invocation).post("/otp/verify", null, body);
        String token = answer.path("token").asText("");
        if (token.isEmpty()) {
            throw CliException.failed("the answer has no token in it: check --api-url or BUS_AUTH_API_URL");
        }
        AuthFiles.save(AuthFiles.session(invocation), token);
        print(invocation, answer);
        invocation.note(AccountStatusCommand.next(answer));
        return ExitCode.OK;
    }

    /** The first line of standard input; on a terminal it says what it waits for. */
    private static String ask(Invocation invocation) throws IOException {
        if (invocation.environment().terminals().in()) {
            invocation.err().print("one-time password: ");
            invocation.err().flush();
        }
        byte[] line = new byte[MAX_CODE_BYTES];
        int length = 0;
        InputStream in = invocation.in();
        for (int next = in.read(); next >= 0 && next != '\n' && length < line.length; next = in.read()) {
            line[length++] = (byte) next;
        }
        String code = new String(line, 0, length, StandardCharsets.UTF_8).strip();
        if (code.isEmpty()) {
            throw CliException.usage("no one-time password: type it, or give --otp CODE");
        }
        return code;
    }

    /** Everything but the token, which is in its file. */
    private static void print(Invocation invocation, JsonNode answer) {
        ObjectNode shown = AuthApi.object();
        var table = new Table(
                Column.text("identity_id"),
                Column.text("status"),
                Column.text("email_verified"),
                Column.text("expires_at"));
        for (String field : List.of("identity_id", "status", "email_verified", "expires_at")) {
            shown.set(field, answer.path(field));
        }
        table.row(
                Fields.text(answer, "identity_id"),
                Fields.text(answer, "status"),
                Fields.text(answer, "email_verified"),
                Fields.text(answer, "expires_at"));
        Printer.print(invocation, shown, table);
    }
}
