using System.Net;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the registries answer from where the command runs.</summary>
internal sealed class Registries : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "registries";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var (images, registries) = (patient.Configuration.Images, patient.Configuration.Images.Registries);
        var hosts = images.AllowedRegistries.Concat(images.AllowedRegistriesByTenant.Values.SelectMany(r => r)).Select(r => r.Split('/')[0]).Distinct();
        foreach (var host in hosts)
        {
            if (registries.CertificateAuthorities.ContainsKey(host))
            {
                continue; // Its authority's file lies in the operator's pod.
            }

            var problem = await AskAsync(host, registries.Insecure.Contains(host), registries.NoProxy.Contains(host) ? null : registries.Proxy, ct);
            yield return problem is null ? Finding.Ok($"Registry {host} answers.")
                : Finding.Warning($"Registry {host} does not answer from here: {problem}", "If it does not from the operator's pods either, new images from it are refused: look at NetworkPolicy mcp-operator, and at images.registries in the configuration.");
        }
    }

    private static async Task<string?> AskAsync(string host, bool insecure, string? proxy, CancellationToken ct)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = proxy is not null, Proxy = proxy is null ? null : new WebProxy(proxy) };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            var address = host == "docker.io" ? "registry-1.docker.io" : host;
            using var answer = await http.GetAsync(new Uri($"{(insecure ? "http" : "https")}://{address}/v2/"), HttpCompletionOption.ResponseHeadersRead, ct);
            return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized ? null : $"HTTP {(int)answer.StatusCode} at /v2/, so it may be no registry";
        }
        catch (HttpRequestException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds:0} s";
        }
        catch (UriFormatException)
        {
            return "that is no name of a host";
        }
    }
}
