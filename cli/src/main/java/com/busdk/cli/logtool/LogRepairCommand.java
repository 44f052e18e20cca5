package com.busdk.cli.logtool;

import com.busdk.broker.backend.log.LogTool;
import com.busdk.broker.backend.log.RepairPlan;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;

/** {@code bus events log repair}: says what a repair would do and lose, and does it with {@code --yes}. */
public final class LogRepairCommand extends LogCommand {
    private final Argument<Boolean> yes = flag("do it; without this it only says what it would do", "--yes");

    @Override
    public String description() {
        return "Says what a repair of a damaged log would do, and which events would be lost by it. With --yes it does"
                + " so; what it takes out is kept beside the log in files that end in .damaged. Exit 0 when the log is"
                + " sound then, 1 when it is not.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events log repair /var/lib/bus/events", "bus events log repair --yes /var/lib/bus/events");
    }

    @Override
    int run(LogTool log, Invocation invocation) throws IOException {
        RepairPlan plan = log.plan();
        boolean todo = !plan.steps().isEmpty();
        boolean possible = plan.impossible().isEmpty();
        boolean done = yes.or(false) && todo && possible;
        if (done) {
            log.repair(plan);
        }
        boolean sound = log.verify().sound();
        if (invocation.common().format() == Format.JSON) {
            invocation.out().line(json(plan, done, sound).toString());
        } else {
            print(plan, done, invocation);
        }
        return sound && possible ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void print(RepairPlan plan, boolean done, Invocation invocation) {
        plan.impossible().forEach(words -> invocation.out().line("cannot be put right: " + words));
        if (plan.steps().isEmpty()) {
            if (plan.impossible().isEmpty()) {
                invocation.out().line("nothing to repair");
            }
            return;
        }
        invocation.out().line(done ? "done:" : "would:");
        plan.steps().forEach(step -> invocation.out().line("  " + step.words()));
        if (!done && plan.impossible().isEmpty()) {
            invocation.out().line("nothing was changed: add --yes to do it");
        }
    }

    private static ObjectNode json(RepairPlan plan, boolean done, boolean sound) {
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("done", done).put("sound", sound);
        var steps = json.putArray("steps");
        plan.steps().forEach(step -> steps.add(step.words()));
        var impossible = json.putArray("impossible");
        plan.impossible().forEach(impossible::add);
        return json;
    }
}
