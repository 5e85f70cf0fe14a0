import java.net.InetSocketAddress;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.metastore.TSetIpAddressProcessor;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.server.TThreadPoolServer;
import org.apache.thrift.transport.TServerSocket;

/** Hive's metastore on one address: its own main, HiveMetaStore, listens on all and has no setting for it. */
public class Metastore {
    public static void main(String[] hostAndPort) throws Exception {
        var handler = HiveMetaStore.newRetryingHMSHandler("metastore", new HiveConf(HiveMetaStore.class), false);
        var address = new InetSocketAddress(hostAndPort[0], Integer.parseInt(hostAndPort[1]));
        var arguments = new TThreadPoolServer.Args(new TServerSocket(address));
        arguments.processor(new TSetIpAddressProcessor<>(handler)).protocolFactory(new TBinaryProtocol.Factory());
        System.out.println("listening on " + address);
        new TThreadPoolServer(arguments).serve();
    }
}
