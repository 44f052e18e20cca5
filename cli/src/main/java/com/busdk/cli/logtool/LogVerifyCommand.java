package com.busdk.cli.logtool;

import com.busdk.broker.backend.log.LogTool;
import com.busdk.broker.backend.log.LogTool.Problem;
import com.busdk.broker.backend.log.LogTool.Verification;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** {@code bus events log verify}: reads all of a log and names what is damaged. */
public final class LogVerifyCommand extends LogCommand {
    @Override
    public String description() {
        return "Reads every record and every index of a log that no service has open, and names each damaged place by"
                + " file and offset. Changes nothing. Exit 0 when all is sound, 1 when something is damaged.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events log verify ~/.local/state/bus/events");
    }

    @Override
    int run(LogTool log, Invocation invocation) throws IOException {
        Verification found = log.verify();
        if (invocation.common().format() == Format.JSON) {
            invocation.out().line(json(found).toString());
        } else {
            print(found, invocation);
        }
        return found.sound() ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(Verification found, Invocation invocation) {
        invocation
                .out()
                .line(String.format(
                        Locale.ROOT,
                        "%,d events (sequence %d to %d) and %,d records of groups in %d segments, %,d bytes",
                        found.events(),
                        found.firstSequence(),
                        found.head() - 1,
                        found.internalRecords(),
                        found.segments(),
                        found.bytes()));
        for (Problem note : found.notes()) {
            invocation.out().line("the service puts right by itself: " + note);
        }
        for (Problem damage : found.damage()) {
            invocation.out().line(invocation.style().bad("damaged: ") + damage);
        }
        invocation
                .out()
                .line(
                        found.sound()
                                ? invocation.style().good("sound")
                                : found.damage().size()
                                        + " damaged: keep a copy of the folder, then see what 'bus events"
                                        + " log repair " + typed() + "' would do");
    }

    private static ObjectNode json(Verification found) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("sound", found.sound())
                .put("segments", found.segments())
                .put("events", found.events())
                .put("internal_records", found.internalRecords())
                .put("bytes", found.bytes())
                .put("first_sequence", found.firstSequence())
                .put("head", found.head());
        add(json.putArray("damage"), found.damage());
        add(json.putArray("notes"), found.notes());
        return json;
    }
}
