using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether clocks agree: sessions end and tokens count by them. The API server says its time of an object that is not stored.</summary>
internal sealed class Clocks : ICheck
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    public string Name => "clock";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var before = patient.Time.GetUtcNow().UtcDateTime;
        var made = await patient.Client.DryRunAsync(new V1ConfigMap { Metadata = new() { Name = "mcp-operator-doctor", NamespaceProperty = patient.Namespace } }, ct);
        var after = patient.Time.GetUtcNow().UtcDateTime;
        // Its time is in whole seconds.
        var server = made.Metadata.CreationTimestamp ?? before;
        var skew = server < before ? server.AddSeconds(1) < before ? before - server : TimeSpan.Zero : server > after ? server - after : TimeSpan.Zero;
        yield return skew > Tolerance
            ? Finding.Problem($"The API server's clock and this machine's differ by {skew.TotalSeconds:0} s.", "Let all machines take their time from NTP; a session of a minute is over before it begins when clocks differ by more.")
            : Finding.Ok("The API server's clock and this machine's agree.");
    }
}
