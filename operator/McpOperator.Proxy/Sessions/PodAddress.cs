using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace McpOperator.Proxy.Sessions;

/// <summary>Where other pods of this server reach this proxy.</summary>
internal sealed class PodAddress(IPEndPoint address)
{
    /// <summary>The address and the port.</summary>
    public IPEndPoint Address => address;

    /// <summary>As it stands in tickets.</summary>
    public string Text { get; } = address.ToString();

    /// <summary>
    /// The address that was given, else the pod's own. It is read from the network interfaces: Knative does not let a pod be told its address
    /// (features.go, podspec-fieldref).
    /// </summary>
    public static PodAddress Of(ServeOptions options) => new(options.PodAddress ?? new(Own() ?? IPAddress.Loopback, options.Listen.Port));

    private static IPAddress? Own() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(ip => ip.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !ip.IsIPv6LinkLocal)
        .OrderBy(ip => ip.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
        .FirstOrDefault();
}
