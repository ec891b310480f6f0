using System.CommandLine;
using System.Globalization;
using System.Net;

namespace McpOperator.Bridge;

/// <summary><c>mcp-proxy bridge</c></summary>
public static class BridgeCommand
{
    private const int LongestIdleTimeout = 24 * 60 * 60;

    private enum Processes
    {
        Session,
        Shared,
    }

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new BridgeOptions { Command = [] };
        var listen = new Option<string>("--listen") { Description = "Where HTTP is served.", DefaultValueFactory = _ => defaults.Listen.ToString() };
        var processes = new Option<Processes>("--processes") { Description = "session: each session has a process of its own; shared: all share one.", DefaultValueFactory = _ => Processes.Session };
        var maxProcesses = new Option<int>("--max-processes") { Description = "How many processes may run at the same time, the warm ones included.", DefaultValueFactory = _ => defaults.MaxProcesses };
        var spares = new Option<int>("--spare-processes") { Description = "How many processes are started ahead, so that a new session does not wait.", DefaultValueFactory = _ => defaults.Spares };
        var idle = new Option<string>("--idle-timeout") { Description = "Seconds after which a session that nobody uses ends.", DefaultValueFactory = _ => $"{defaults.IdleTimeout.TotalSeconds}s" };
        var maxBytes = new Option<int>("--max-message-bytes") { Description = "How long a message may be, either way.", DefaultValueFactory = _ => defaults.MaxMessageBytes };
        var drain = new Option<string>("--drain-timeout") { Description = "Seconds that requests under way have to end after SIGTERM.", DefaultValueFactory = _ => $"{defaults.DrainTimeout.TotalSeconds}s" };
        var origins = new Option<string[]>("--allowed-origin") { Description = "A web page's origin that may call, such as https://app.example.com. Default: pages of this machine, if only it is listened to." };
        var command = new Argument<string[]>("command") { Description = "The server's program and its arguments, after --.", Arity = ArgumentArity.OneOrMore };
        Check(listen, value => IPEndPoint.TryParse(value!, out var address) && address.Port > 0, "an address with a port, such as 127.0.0.1:18081");
        Check(maxProcesses, value => value is >= 1 and <= 10_000, "from 1 to 10000");
        Check(spares, value => value is >= 0 and <= 100, "from 0 to 100");
        Check(idle, value => Seconds(value!) is >= 1 and <= LongestIdleTimeout, $"from 1s to {LongestIdleTimeout}s");
        Check(maxBytes, value => value is >= 1024 and <= 1024 * 1024 * 1024, "from 1024 to 1073741824");
        Check(drain, value => Seconds(value!) is >= 0 and <= 3600, "from 0s to 3600s");
        var result = new Command("bridge", "Serve a stdio server over streamable HTTP, unmodified.")
        {
            listen, processes, maxProcesses, spares, idle, maxBytes, drain, origins, command,
        };
        result.SetAction((parsed, ct) => RunAsync(
            new BridgeOptions
            {
                Command = parsed.GetValue(command)!,
                Listen = IPEndPoint.Parse(parsed.GetValue(listen)!),
                Shared = parsed.GetValue(processes) == Processes.Shared,
                MaxProcesses = parsed.GetValue(maxProcesses),
                Spares = parsed.GetValue(spares),
                IdleTimeout = TimeSpan.FromSeconds(Seconds(parsed.GetValue(idle)!)!.Value),
                MaxMessageBytes = parsed.GetValue(maxBytes),
                DrainTimeout = TimeSpan.FromSeconds(Seconds(parsed.GetValue(drain)!)!.Value),
                AllowedOrigins = parsed.GetValue(origins) ?? [],
                ReapsStrangers = Environment.ProcessId == 1,
            },
            ct));
        return result;
    }

    private static async Task<int> RunAsync(BridgeOptions options, CancellationToken ct)
    {
        using var log = new LineLog();
        await using var server = new BridgeServer(options, log);
        try
        {
            await server.StartAsync(ct);
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"mcp-proxy: cannot listen: {e.Message}");
            return 1;
        }

        try
        {
            await Task.Delay(Timeout.Infinite, ct);
        }
        catch (OperationCanceledException)
        {
            await server.StopAsync();
        }

        return 0;
    }

    private static void Check<T>(Option<T> option, Func<T?, bool> isGood, string wanted) => option.Validators.Add(result =>
    {
        if (!isGood(result.GetValueOrDefault<T>()))
        {
            result.AddError($"{option.Name}: {wanted}.");
        }
    });

    /// <summary>The number in <c>300s</c>; nothing when it is none.</summary>
    private static int? Seconds(string text) =>
        int.TryParse(text.EndsWith('s') ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
}
