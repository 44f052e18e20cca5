package com.busdk.cli;

import com.busdk.cli.auth.AccountStatusCommand;
import com.busdk.cli.auth.AskCommand;
import com.busdk.cli.auth.LogoutCommand;
import com.busdk.cli.auth.TokenCommand;
import com.busdk.cli.auth.VerifyAddressCommand;
import com.busdk.cli.bench.BenchListenCommand;
import com.busdk.cli.bench.BenchPublishCommand;
import com.busdk.cli.bench.BenchRequestCommand;
import com.busdk.cli.bench.peers.GrowthCommand;
import com.busdk.cli.bench.peers.PeersCommand;
import com.busdk.cli.bench.peers.SoakCommand;
import com.busdk.cli.bench.suite.SuiteCommand;
import com.busdk.cli.billing.BillingSessionCommand;
import com.busdk.cli.billing.BillingStatusCommand;
import com.busdk.cli.command.Entry;
import com.busdk.cli.completion.CompletionCommand;
import com.busdk.cli.containers.ContainersStatusCommand;
import com.busdk.cli.containers.DeleteCommand;
import com.busdk.cli.containers.RunCommand;
import com.busdk.cli.containers.RunsCommand;
import com.busdk.cli.doctor.DoctorCommand;
import com.busdk.cli.events.DeadLettersListCommand;
import com.busdk.cli.events.DeadLettersSettleCommand;
import com.busdk.cli.events.ExportCommand;
import com.busdk.cli.events.GroupsCommand;
import com.busdk.cli.events.ImportCommand;
import com.busdk.cli.events.ListenCommand;
import com.busdk.cli.events.NamesCommand;
import com.busdk.cli.events.RequestCommand;
import com.busdk.cli.events.SendCommand;
import com.busdk.cli.events.ShowCommand;
import com.busdk.cli.events.VerifyCommand;
import com.busdk.cli.logtool.LogRepairCommand;
import com.busdk.cli.logtool.LogStatCommand;
import com.busdk.cli.logtool.LogVerifyCommand;
import com.busdk.cli.operator.DecideCommand;
import com.busdk.cli.operator.TokenIssueCommand;
import com.busdk.cli.operator.WaitlistCommand;
import com.busdk.cli.serve.EventsProviderCommand;
import com.busdk.cli.serve.ProviderCommand;
import com.busdk.cli.serve.UpCommand;
import com.busdk.cli.serve.WorkerCommand;
import com.busdk.cli.status.StatusCommand;
import com.busdk.cli.vm.VmCommand;
import com.busdk.workers.billing.BillingWorkerKind;
import com.busdk.workers.podman.PodmanWorkerKind;
import com.busdk.workers.ssh.SshWorkerKind;
import com.busdk.workers.upcloud.UpCloudWorkerKind;
import com.busdk.workers.usage.UsageWorkerKind;
import com.busdk.workers.vm.VmWorkerKind;
import java.util.List;

/** The table of all commands. A command that is not in it does not exist. */
public final class Commands {
    private Commands() {}

    /** The table. */
    public static Entry.Group root() {
        return new Entry.Group(
                "",
                "publish events, listen to them, and run what an event starts",
                List.of(
                        new Entry.Leaf("up", "run a local stack in one process", UpCommand::new),
                        events(),
                        vm(),
                        containers(),
                        status(),
                        auth(),
                        billing(),
                        operator(),
                        api(),
                        integration(),
                        new Entry.Leaf(
                                "doctor", "check what has to fit together, and say what to do", DoctorCommand::new),
                        new Entry.Leaf(
                                "completion",
                                "print a completion script for a shell",
                                () -> new CompletionCommand(Commands::root))));
    }

    private static Entry.Group api() {
        var events = new Entry.Leaf("events", "run the events service", EventsProviderCommand::new);
        var vm = new Entry.Leaf("vm", "run the VM provider", ProviderCommand::vm);
        var containers = new Entry.Leaf("containers", "run the containers provider", ProviderCommand::containers);
        var auth = new Entry.Leaf("auth", "run the auth service", ProviderCommand::auth);
        var usage = new Entry.Leaf("usage", "run the API of the usage records", ProviderCommand::usage);
        var billing = new Entry.Leaf("billing", "run the billing API", ProviderCommand::billing);
        var provider = new Entry.Group(
                "provider", "run a service in the foreground", List.of(events, auth, vm, containers, usage, billing));
        var gateway = new Entry.Leaf("gateway", "run the one origin before all services", ProviderCommand::gateway);
        return new Entry.Group("api", "the services behind the APIs", List.of(provider, gateway));
    }

    private static Entry.Group auth() {
        return new Entry.Group(
                "auth",
                "your account, and tokens for it",
                List.of(
                        new Entry.Leaf("register", "ask for an account", AskCommand::register),
                        new Entry.Leaf("login", "have a one-time password sent", AskCommand::login),
                        new Entry.Leaf("verify", "give the one-time password back", VerifyAddressCommand::new),
                        new Entry.Leaf("status", "show how the account stands", AccountStatusCommand::new),
                        new Entry.Leaf("token", "get an API token", TokenCommand::new),
                        new Entry.Leaf("logout", "end the session, and delete its tokens", LogoutCommand::new)));
    }

    private static Entry.Group billing() {
        return new Entry.Group(
                "billing",
                "your subscription and its quotas",
                List.of(
                        new Entry.Leaf("status", "show the subscription and what was used", BillingStatusCommand::new),
                        new Entry.Leaf("setup", "set the account up for billing", BillingSessionCommand::setup),
                        new Entry.Leaf("portal", "look after the subscription", BillingSessionCommand::portal)));
    }

    private static Entry.Group vm() {
        return new Entry.Group(
                "vm",
                "the runtime of your account",
                List.of(
                        new Entry.Leaf("status", "show how the runtime is", VmCommand::status),
                        new Entry.Leaf("start", "start the runtime", VmCommand::start),
                        new Entry.Leaf("stop", "stop the runtime", VmCommand::stop)));
    }

    private static Entry.Group containers() {
        return new Entry.Group(
                "containers",
                "run commands in containers",
                List.of(
                        new Entry.Leaf("status", "show the runner and your runs", ContainersStatusCommand::new),
                        new Entry.Leaf("run", "run a command in a container", RunCommand::new),
                        new Entry.Leaf("runs", "show your runs", RunsCommand::new),
                        new Entry.Leaf("delete", "delete a run, and end it", DeleteCommand::new)));
    }

    private static Entry.Group status() {
        return new Entry.Group(
                "status",
                "the state of the platform's parts",
                List.of(
                        new Entry.Leaf("vm", "show the state of the runtime", StatusCommand::vm),
                        new Entry.Leaf(
                                "containers", "show the state of the container runner", StatusCommand::containers)));
    }

    /** The workers: one more is one more line, beside its program name in {@link ProgramName}. */
    private static Entry.Group integration() {
        return new Entry.Group(
                "integration",
                "run a worker in the foreground",
                List.of(
                        new Entry.Leaf("vm", "answer VM events", WorkerCommand.of(VmWorkerKind::new)),
                        new Entry.Leaf(
                                "podman",
                                "run containers with podman on this machine",
                                WorkerCommand.of(PodmanWorkerKind::new)),
                        new Entry.Leaf(
                                "upcloud",
                                "answer VM and container events with UpCloud servers",
                                WorkerCommand.of(UpCloudWorkerKind::new)),
                        new Entry.Leaf("ssh-runner", "run scripts over SSH", WorkerCommand.of(SshWorkerKind::new)),
                        new Entry.Leaf(
                                "usage", "keep records of what was used", WorkerCommand.of(UsageWorkerKind::new)),
                        new Entry.Leaf(
                                "billing",
                                "keep subscriptions, and count against quotas",
                                WorkerCommand.of(BillingWorkerKind::new))));
    }

    private static Entry.Group events() {
        var deadLetters = new Entry.Group(
                "dead-letters",
                "what a group gave up",
                List.of(
                        new Entry.Leaf("list", "show the dead letters of a group", DeadLettersListCommand::new),
                        new Entry.Leaf("redrive", "deliver dead letters once more", DeadLettersSettleCommand::redrive),
                        new Entry.Leaf("purge", "forget dead letters", DeadLettersSettleCommand::purge)));
        return new Entry.Group(
                "events",
                "publish events and listen to them",
                List.of(
                        new Entry.Leaf("send", "publish an event, or a stream of them", SendCommand::new),
                        new Entry.Leaf(
                                "listen", "print events as they come, or run a command for each", ListenCommand::new),
                        new Entry.Leaf("request", "publish a request and print the response", RequestCommand::new),
                        new Entry.Leaf("groups", "show the consumer groups", GroupsCommand::new),
                        new Entry.Leaf("names", "show the event names", NamesCommand::new),
                        new Entry.Leaf("show", "show one event and where each group stands with it", ShowCommand::new),
                        deadLetters,
                        new Entry.Leaf(
                                "verify", "check that nothing is lost, repeated or out of order", VerifyCommand::new),
                        new Entry.Leaf("export", "write the history of a service into a file", ExportCommand::new),
                        new Entry.Leaf("import", "publish that history at another service", ImportCommand::new),
                        log(),
                        bench()));
    }

    private static Entry.Group log() {
        return new Entry.Group(
                "log",
                "look at the log of a service that is stopped, and repair it",
                List.of(
                        new Entry.Leaf("verify", "read all of it and name what is damaged", LogVerifyCommand::new),
                        new Entry.Leaf("repair", "say what a repair would do, or do it", LogRepairCommand::new),
                        new Entry.Leaf("stat", "count what is in it", LogStatCommand::new)));
    }

    private static Entry.Group bench() {
        return new Entry.Group(
                "bench",
                "measure a running service",
                List.of(
                        new Entry.Leaf("publish", "publish as fast as it goes, or at a rate", BenchPublishCommand::new),
                        new Entry.Leaf("listen", "listen over many connections", BenchListenCommand::new),
                        new Entry.Leaf("request", "ask, and wait for responses", BenchRequestCommand::new),
                        new Entry.Leaf("suite", "measure everything, beside the goals", SuiteCommand::new),
                        new Entry.Leaf("peers", "measure the systems of others beside it", PeersCommand::new),
                        new Entry.Leaf("growth", "measure how the cost grows", GrowthCommand::new),
                        new Entry.Leaf("soak", "measure whether anything drifts in an hour", SoakCommand::new)));
    }

    private static Entry.Group operator() {
        var issue = new Entry.Leaf("issue", "sign a service token", TokenIssueCommand::new);
        var token = new Entry.Group("token", "issue tokens", List.of(issue));
        var auth = new Entry.Group(
                "auth",
                "decide about accounts",
                List.of(
                        new Entry.Leaf("waitlist", "show who waits to be approved", WaitlistCommand::new),
                        new Entry.Leaf("approve", "approve an account", DecideCommand::approve),
                        new Entry.Leaf("reject", "reject an account", DecideCommand::reject)));
        return new Entry.Group("operator", "what an operator of the services needs", List.of(token, auth));
    }
}
