using System.CommandLine;
using System.Runtime.InteropServices;
using McpOperator.Benchmarks;
using McpOperator.Benchmarks.Access;
using McpOperator.Benchmarks.Bridge;
using McpOperator.Benchmarks.Proxy;
using Spectre.Console;

var what = new Argument<string[]>("benchmarks") { Description = "convergence, memory (with restart), latency, admission, sessions, review; default: all.", Arity = ArgumentArity.ZeroOrMore };
what.AcceptOnlyFromAmong("convergence", "memory", "latency", "admission", "sessions", "review");
var quick = new Option<bool>("--quick") { Description = "A tenth of everything: to see that it works, not to measure." };
var servers = new Option<int>("--servers") { Description = "Servers in the convergence benchmark.", DefaultValueFactory = _ => 1000 };
var rounds = new Option<int>("--rounds") { Description = "Rounds of the convergence benchmark.", DefaultValueFactory = _ => 3 };
var concurrency = new Option<int?>("--bare-concurrency") { Description = "Requests that the bare client has in flight; default: what proves quickest." };
var few = new Option<int>("--few") { Description = "The smaller number of servers in the memory benchmark.", DefaultValueFactory = _ => 1000 };
var many = new Option<int>("--many") { Description = "The larger number of servers in the memory benchmark.", DefaultValueFactory = _ => 5000 };
var sample = new Option<Sample>("--sample") { Description = "Servers of the memory benchmark: Minimal, or Typical with a dozen tools.", DefaultValueFactory = _ => Sample.Typical };
var settle = new Option<int>("--settle") { Description = "Seconds before memory is read.", DefaultValueFactory = _ => 30 };
var samples = new Option<int>("--samples") { Description = "Changes in the latency benchmark.", DefaultValueFactory = _ => 200 };
var program = new Option<string>("--operator") { Description = "The operator's program.", DefaultValueFactory = _ => Repository.OperatorProgram };
var arguments = new Option<string[]>("--operator-argument") { Description = "A further argument for the operator, such as --operator-argument=--workers=16." };
var output = new Option<string>("--output") { Description = "Where results and logs go.", DefaultValueFactory = _ => Path.Combine(Repository.Root, "artifacts", "bench") };
var root = new RootCommand("Measures the operator against a real API server. See README.md.") { what, quick, servers, rounds, concurrency, few, many, sample, settle, samples, program, arguments, output };

root.SetAction((parsed, ct) =>
{
    var divisor = parsed.GetValue(quick) ? 10 : 1;
    var chosen = parsed.GetValue(what) is { Length: > 0 } some ? some : ["convergence", "memory", "latency", "admission", "sessions", "review"];
    return RunAsync(chosen, new BenchmarkOptions
    {
        Servers = parsed.GetValue(servers) / divisor,
        Rounds = parsed.GetValue(quick) ? 1 : parsed.GetValue(rounds),
        BareConcurrency = parsed.GetValue(concurrency),
        MemorySizes = (parsed.GetValue(few) / divisor, parsed.GetValue(many) / divisor),
        Sample = parsed.GetValue(sample),
        Settle = TimeSpan.FromSeconds(parsed.GetValue(quick) ? 3 : parsed.GetValue(settle)),
        Samples = parsed.GetValue(samples) / divisor,
        Sessions = 10_000 / divisor,
        OperatorPath = parsed.GetValue(program)!,
        OperatorArguments = parsed.GetValue(arguments) ?? [],
        OutputFolder = Directory.CreateDirectory(parsed.GetValue(output)!).FullName,
    }, ct);
});

// Needs no API server, and is measured by itself.
var bridgeProgram = new Option<string>("--program") { Description = "The program, from hack/native.sh.", DefaultValueFactory = _ => Path.Combine(Repository.Root, "artifacts", "native", "mcp-proxy") };
var turn = new Option<double>("--seconds") { Description = "How long each bridge is called in a round, for each number of callers.", DefaultValueFactory = _ => 4 };
var bridge = new Command("bridge", "Measures mcp-proxy bridge beside two bridges from npm.") { rounds, turn, bridgeProgram, output };
bridge.SetAction((parsed, ct) => new BridgeBenchmark(AnsiConsole.Console, parsed.GetValue(bridgeProgram)!, Directory.CreateDirectory(parsed.GetValue(output)!).FullName)
    .RunAsync(parsed.GetValue(rounds), parsed.GetValue(turn), ct));
root.Subcommands.Add(bridge);
var proxy = new Command("proxy", "Measures what mcp-proxy serve adds to a call.") { rounds, turn, bridgeProgram, output };
proxy.SetAction((parsed, ct) => new PassThroughBenchmark(AnsiConsole.Console, parsed.GetValue(bridgeProgram)!, Directory.CreateDirectory(parsed.GetValue(output)!).FullName)
    .RunAsync(parsed.GetValue(rounds), parsed.GetValue(turn), ct));
root.Subcommands.Add(proxy);

var tokens = new Command("tokens", "Measures what it costs that calls bring a token.") { rounds, turn, bridgeProgram };
tokens.SetAction((parsed, ct) => new TokenBenchmark(AnsiConsole.Console, parsed.GetValue(bridgeProgram)!).RunAsync(parsed.GetValue(rounds), parsed.GetValue(turn), ct));
root.Subcommands.Add(tokens);

var decision = new Command("decision", "Measures one decision about a call, with few and with many grants and sessions.") { rounds };
decision.SetAction(parsed => new DecisionBenchmark(AnsiConsole.Console).Run(parsed.GetValue(rounds)));
root.Subcommands.Add(decision);

var trials = new Option<int>("--trials") { Description = "Sessions that are revoked.", DefaultValueFactory = _ => 200 };
var sessions = new Option<int>("--sessions") { Description = "Sessions that the server has, those included.", DefaultValueFactory = _ => 200 };
var revocation = new Command("revocation", "Measures the time from kubectl patch until an agent is refused, on a real node.") { trials, sessions, output };
revocation.SetAction((parsed, ct) => new RevocationBenchmark(AnsiConsole.Console, Directory.CreateDirectory(parsed.GetValue(output)!).FullName).RunAsync(parsed.GetValue(trials), parsed.GetValue(sessions), ct));
root.Subcommands.Add(revocation);

using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token);

void Stop(PosixSignalContext signal)
{
    // Everything that was started is stopped on the way out.
    signal.Cancel = true;
    _ = stop.CancelAsync();
}

static async Task RunAsync(IReadOnlyList<string> chosen, BenchmarkOptions options, CancellationToken ct)
{
    var console = AnsiConsole.Console;
    using var cluster = await BenchmarkCluster.StartAsync(line => console.MarkupLineInterpolated($"[grey]{line}[/]"), ct);
    var bench = new Bench(options, cluster, console);
    var version = await cluster.Client.GetPathAsync<VersionInfo>("/version", ct);
    var report = new Report
    {
        Began = DateTimeOffset.UtcNow,
        Machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        Server = $"Kubernetes {version?.GitVersion} ({cluster.Provider})",
    };
    if (chosen.Contains("convergence"))
    {
        report.Convergence = await new ConvergenceBenchmark(bench).RunAsync(ct);
    }

    if (chosen.Contains("latency"))
    {
        report.Latency = await new LatencyBenchmark(bench).RunAsync(ct);
    }

    if (chosen.Contains("review"))
    {
        report.Review = await new ReviewBenchmark(bench).RunAsync(ct);
    }

    if (chosen.Contains("admission"))
    {
        report.Admission = await new AdmissionBenchmark(bench).RunAsync(ct);
    }

    if (chosen.Contains("sessions"))
    {
        report.Sessions = await new SessionsBenchmark(bench).RunAsync(options.Sessions, options.Samples, ct);
    }

    if (chosen.Contains("memory"))
    {
        report.Memory = await new MemoryBenchmark(bench).RunAsync(ct);
    }

    report.Print(console);
    console.MarkupLineInterpolated($"[grey]{report.Save(options.OutputFolder)}[/]");
}

internal sealed record VersionInfo(string GitVersion);
