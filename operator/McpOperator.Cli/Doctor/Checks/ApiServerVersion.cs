using System.Globalization;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the API server is one that the operator works with.</summary>
internal sealed class ApiServerVersion : ICheck
{
    private const int Oldest = 20, WithRules = 25;

    public string Name => "api-server";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var version = await patient.Client.GetPathAsync<VersionInfo>("/version", ct);
        var minor = int.TryParse(new string([.. (version?.Minor ?? "").TakeWhile(char.IsAsciiDigit)]), NumberStyles.None, CultureInfo.InvariantCulture, out var m) ? m : 0;
        yield return minor < Oldest ? Finding.Problem($"The API server is {version?.GitVersion}, which is too old.", $"Upgrade to 1.{Oldest} or newer.")
            : minor < WithRules ? Finding.Warning($"The API server is {version?.GitVersion}; below 1.{WithRules} it ignores the rules in our schemas, and the webhooks alone check them.", "Keep the webhooks on, or upgrade.")
            : Finding.Ok($"The API server is {version?.GitVersion}.");
    }

    private sealed record VersionInfo(string? Minor, string? GitVersion);
}
