namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether servers can scale to zero.</summary>
internal sealed class Knative : ICheck
{
    internal const string Namespace = "knative-serving";
    private const string Definition = "services.serving.knative.dev";

    public string Name => "knative";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        yield return await patient.ServesAsync(Definition, ct)
            ? Finding.Ok("Knative Serving is there.")
            : Finding.Warning("Knative Serving is missing: servers run as Deployments and do not scale to zero; those with runtime Knative do not run.", "Install Knative Serving and a gateway such as Kourier; the operator notices without a restart.");
    }
}
