using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether an operator leads.</summary>
internal sealed class OperatorRuns : ICheck
{
    internal const string Lease = "mcp-operator";

    public string Name => "operator";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var lease = (await patient.Client.GetAsync<V1Lease>(Lease, patient.Namespace, ct))?.Spec;
        var silent = patient.Time.GetUtcNow() - lease?.RenewTime;
        var look = $"kubectl -n {patient.Namespace} get pods; kubectl -n {patient.Namespace} logs deploy/mcp-operator";
        yield return string.IsNullOrEmpty(lease?.HolderIdentity) ? Finding.Problem($"Nobody holds the lease {patient.Namespace}/{Lease}: no operator works.", look)
            : silent is null || silent > PatienceWith(lease) ? Finding.Problem($"{lease.HolderIdentity} holds the lease and has been silent for {silent?.TotalSeconds:0} s: no operator works.", look)
            : Finding.Ok($"{lease.HolderIdentity} leads.");
    }

    /// <summary>How long a holder may be silent and still be taken to work.</summary>
    internal static TimeSpan PatienceWith(V1LeaseSpec lease) => TimeSpan.FromSeconds(Math.Max(60, 3 * (lease.LeaseDurationSeconds ?? 0)));
}
