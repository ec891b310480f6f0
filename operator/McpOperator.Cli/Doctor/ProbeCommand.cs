using System.CommandLine;
using System.Net;
using System.Net.Sockets;

namespace McpOperator.Cli.Doctor;

/// <summary><c>mcp-operator probe</c>: what the doctor's pods run. Nobody types it.</summary>
internal static class ProbeCommand
{
    public const string Name = "probe";

    /// <summary>Exit code: the first address answers, the second does not.</summary>
    public const int OnlyTheFirst = 0;

    /// <summary>Exit code: both answer.</summary>
    public const int Both = 3;

    /// <summary>Exit code: the first does not answer.</summary>
    public const int Neither = 4;

    /// <summary>A policy may take some seconds to reach a node, and a listener some to listen.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var port = new Argument<int>("port");
        var listen = new Command("listen", "Accept connections until it is stopped.") { port };
        listen.SetAction((parsed, ct) => ListenAsync(parsed.GetValue(port), ct));
        var (first, second) = (new Argument<string>("first"), new Argument<string>("second"));
        var connect = new Command("connect", "Tell by the exit code which of two addresses answer.") { first, second };
        connect.SetAction(async (parsed, ct) => await ConnectAsync(IPEndPoint.Parse(parsed.GetValue(first)!), IPEndPoint.Parse(parsed.GetValue(second)!), ct));
        return new Command(Name, "What doctor's pods run.") { listen, connect }.Hidden();
    }

    internal static async Task<int> ListenAsync(int port, CancellationToken ct)
    {
        using var listener = new TcpListener(IPAddress.Any, port);
        listener.Start();
        try
        {
            while (true)
            {
                using var accepted = await listener.AcceptTcpClientAsync(ct);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>The second one is asked again and again, because a policy that is about to be enforced is not one that is missing.</summary>
    internal static async Task<int> ConnectAsync(IPEndPoint first, IPEndPoint second, CancellationToken ct)
    {
        if (!await AnyAsync(first, wanted: true, ct))
        {
            return Neither;
        }

        return await AnyAsync(second, wanted: false, ct) ? OnlyTheFirst : Both;
    }

    /// <summary>Whether one of the attempts ends as wanted.</summary>
    private static async Task<bool> AnyAsync(IPEndPoint address, bool wanted, CancellationToken ct)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await AnswersAsync(address, ct) == wanted)
            {
                return true;
            }

            await Task.Delay(Patience, ct);
        }

        return false;
    }

    private static async Task<bool> AnswersAsync(IPEndPoint address, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        using var client = new TcpClient(address.AddressFamily);
        try
        {
            await client.ConnectAsync(address, limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    private static Command Hidden(this Command command)
    {
        command.Hidden = true;
        return command;
    }
}
