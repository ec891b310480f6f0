using System.Diagnostics;
using System.Text.Json;

namespace McpOperator.EndToEnd.Tests;

/// <summary>Many sessions that call without pause, each at an address chosen at random (<c>test/clients/load.mjs</c>).</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly Process _process;

    private Load(Process process) => _process = process;

    /// <summary>A stdio server starts a process for each session, and two cores may have other things to do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Starts sessions, and waits until all are open.</summary>
    public static async Task<Load> StartAsync(int sessions, params IReadOnlyList<string> urls)
    {
        var load = new Load(ClientProcess.Start("load.mjs", [$"{sessions}", .. urls]));
        var ready = await load._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return ready == "ready" ? load : throw new InvalidOperationException($"the load does not start: {ready} {await load._process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Ends the sessions.</summary>
    public async Task<LoadReport> StopAsync()
    {
        _process.StandardInput.Close();
        var report = await Eventually.Ends(_process.StandardOutput.ReadToEndAsync());
        return JsonSerializer.Deserialize<LoadReport>(report, JsonSerializerOptions.Web)!;
    }

    public ValueTask DisposeAsync() => ClientProcess.EndAsync(_process);
}

/// <summary>What many sessions have seen.</summary>
internal sealed record LoadReport
{
    /// <summary>Calls that were answered.</summary>
    public int Calls { get; init; }

    /// <summary>Sessions that were opened.</summary>
    public int Opened { get; init; }

    /// <summary>Sessions that the server said not to know any more.</summary>
    public int Lost { get; init; }

    /// <summary>Calls, and attempts to open a session, that failed in another way.</summary>
    public int Refused { get; init; }

    /// <summary>Answers of another session, or out of order.</summary>
    public int Wrong { get; init; }

    /// <summary>Calls that each pod has answered.</summary>
    public IReadOnlyDictionary<string, int> Pods { get; init; } = new Dictionary<string, int>();

    /// <summary>The errors, and how often each came.</summary>
    public IReadOnlyDictionary<string, int> Errors { get; init; } = new Dictionary<string, int>();

    public override string ToString() => JsonSerializer.Serialize(this);
}
